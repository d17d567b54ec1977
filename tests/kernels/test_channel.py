"""A channel against real ZeroMQ sockets, and against those who only pretend to be one."""

import os
import select
import socket
from contextlib import closing, contextmanager

import pytest
import zmq

from sheetgrader.kernels import zmtp
from sheetgrader.kernels.channel import Channel

LIMIT = 1 << 25


@pytest.fixture
def context():
    with zmq.Context() as context:
        yield context


@contextmanager
def bound(context, kind, folder):
    with context.socket(kind) as server:
        server.linger = 0
        server.bind(address := f"ipc://{folder}/socket")
        yield server, address


@contextmanager
def pretending(folder):
    """A plain socket in a kernel's place, and the channel that is connected to it."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path := f"{folder}/socket")
        listening.listen()
        with closing(Channel(f"ipc://{path}", "DEALER", 1 << 20)) as channel:
            connection, _ = listening.accept()
            with connection:
                yield connection, channel


def received(channel, count):
    """Return the next messages, sending meanwhile what is not sent yet."""
    found: list[list[bytes]] = []
    poll = select.poll()
    while len(found) < count and not channel.ending:
        poll.register(channel, select.POLLIN | (select.POLLOUT if channel.has_unsent else 0))
        assert poll.poll(10_000), "nothing came"
        channel.flush()
        found += channel.receive()
    return found


def test_questions_and_answers_cross_in_both_directions(context, tmp_path):
    with (
        bound(context, zmq.ROUTER, tmp_path) as (server, address),
        closing(Channel(address, "DEALER", LIMIT)) as channel,
    ):
        # Sent before the handshake can be over.
        channel.send([b"question", b"", bytes(300)])
        pump(channel, server)
        identity, *frames = server.recv_multipart()
        assert frames == [b"question", b"", bytes(300)]
        server.send_multipart([identity, b"answer", bytes(1 << 20)])
        assert received(channel, 1) == [[b"answer", bytes(1 << 20)]]


def pump(channel, server):
    """Let the channel do its part until the server has a message."""
    for _ in range(1000):
        channel.flush()
        channel.receive()
        if server.poll(10):
            return
    raise AssertionError("nothing arrived")


def test_what_is_published_arrives_once_it_is_subscribed(context, tmp_path):
    with bound(context, zmq.XPUB, tmp_path) as (server, address), closing(Channel(address, "SUB", LIMIT)) as channel:
        pump(channel, server)
        assert server.recv() == b"\x01"
        server.send_multipart([b"topic", b"content"])
        assert received(channel, 1) == [[b"topic", b"content"]]


def test_large_messages_cross_while_the_other_side_sends_large_ones(context, tmp_path):
    """Neither side can take more before the other has read: whoever only wrote would wait without end."""
    large = os.urandom(1 << 24)
    with (
        bound(context, zmq.ROUTER, tmp_path) as (server, address),
        closing(Channel(address, "DEALER", LIMIT)) as channel,
    ):
        channel.send([b"hello"])
        pump(channel, server)
        identity, _ = server.recv_multipart()
        server.send_multipart([identity, large])
        channel.send([large])
        assert received(channel, 1) == [[large]]
        pump(channel, server)
        assert server.recv_multipart() == [identity, large]


def test_what_nobody_reads_waits_without_holding_anybody_up(tmp_path):
    with pretending(tmp_path) as (_, channel):
        channel.send([bytes(1 << 24)])
        assert channel.receive() == []
        assert not channel.ending


def test_what_came_before_the_end_is_received(tmp_path):
    with pretending(tmp_path) as (connection, channel):
        connection.sendall(zmtp.GREETING + zmtp.ready("ROUTER") + b"\x00\x01a")
        connection.close()
        channel.send([b"nobody reads this"])
        assert received(channel, 1) == [[b"a"]]
        assert received(channel, 1) == []
        assert channel.ending == "it closed its connection"
        assert not channel.is_over_limit


def test_a_message_without_an_end_ends_the_connection(tmp_path):
    frame = b"\x03" + (1 << 16).to_bytes(8, "big") + bytes(1 << 16)
    with pretending(tmp_path) as (connection, channel):
        connection.sendall(zmtp.GREETING + zmtp.ready("ROUTER"))
        while not channel.ending:
            connection.sendall(frame)
            assert channel.receive() == []
        assert channel.ending == "it sent more in one message than the sheet allows"
        assert channel.is_over_limit
        assert channel.receive() == []


def test_nobody_listens_there(tmp_path):
    with closing(Channel(f"ipc://{tmp_path}/nothing", "DEALER", LIMIT)) as channel:
        channel.send([b"question"])
        assert channel.receive() == []
        assert channel.ending == "it does not take connections"
