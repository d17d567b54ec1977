from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from sheetgrader.sandbox import messages

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        ours.settimeout(20)
        yield ours, theirs


def test_content_and_descriptors_arrive_together(pair: Pair) -> None:
    ours, theirs = pair
    reading, writing = os.pipe()
    messages.send(theirs, {"größe": [1, 2]}, [writing])
    os.close(writing)
    message = messages.receive(ours)
    assert message is not None
    assert message.content == {"größe": [1, 2]}
    os.write(message.descriptors[0], b"x")
    message.close()
    assert os.read(reading, 10) == b"x"
    assert os.read(reading, 10) == b""
    os.close(reading)


def test_the_end_is_no_message(pair: Pair) -> None:
    ours, theirs = pair
    theirs.close()
    assert messages.receive(ours) is None
    with pytest.raises(BrokenPipeError):
        messages.send(ours, {})


def test_last_words_are_heard_though_the_other_side_had_not_listened(pair: Pair) -> None:
    ours, theirs = pair
    messages.send(ours, {"never": "read"})
    messages.send(theirs, {"failed": "sentence"})
    theirs.close()
    message = messages.receive(ours)
    assert message is not None
    assert message.content == {"failed": "sentence"}
    assert messages.receive(ours) is None


@pytest.mark.parametrize("packet", [b"\xff", b"{", b"[1]", b"1"])
def test_what_is_no_message_is_refused_and_its_descriptors_are_closed(pair: Pair, packet: bytes) -> None:
    ours, theirs = pair
    reading, writing = os.pipe()
    socket.send_fds(theirs, [packet], [writing])
    os.close(writing)
    with pytest.raises(ValueError, match="no message"):
        messages.receive(ours)
    # Nobody holds the other end any more.
    assert os.read(reading, 1) == b""
    os.close(reading)
