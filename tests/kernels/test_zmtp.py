"""ZeroMQ's protocol as the trusted side reads it: any pieces, any bytes, and what libzmq itself says."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.kernels import zmtp
from sheetgrader.kernels.zmtp import MessageReader, ProtocolError

LIMIT = 1 << 16
BEGINNING = zmtp.GREETING + zmtp.ready("ROUTER")


def on_the_wire(messages):
    return b"".join(bytes(part) for frames in messages for part in zmtp.message(frames))


def read_all(data, cuts=(), limit=LIMIT):
    reader, found, position = MessageReader(limit), [], 0
    for cut in [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]:
        found += reader.feed(data[position:cut])
        position = cut
    return found


frames = st.one_of(st.binary(max_size=40), st.integers(250, 600).map(bytes))
messages = st.lists(st.lists(frames, min_size=1, max_size=6), max_size=6)


@given(messages, st.lists(st.integers(0, 5000), max_size=12))
def test_messages_arrive_whole_in_whatever_pieces(sent, cuts):
    assert read_all(BEGINNING + on_the_wire(sent), cuts) == sent


@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_messages_or_a_protocol_error(data, after_the_handshake):
    try:
        found = read_all(BEGINNING + data if after_the_handshake else data)
    except ProtocolError:
        return
    assert sum(len(frame) for message in found for frame in message) <= len(data)


def test_it_is_ready_once_the_other_side_has_said_so():
    reader = MessageReader(LIMIT)
    assert reader.feed(zmtp.GREETING) == []
    assert not reader.is_ready
    reader.feed(zmtp.ready("ROUTER"))
    assert reader.is_ready


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"GET / HTTP/1.1\r\n".ljust(64), "does not begin as a kernel's does"),
        (zmtp.GREETING.replace(b"NULL\0", b"CURVE"), "does not begin as a kernel's does"),
        (zmtp.GREETING.replace(b"\x7f\x03", b"\x7f\x01"), "does not begin as a kernel's does"),
        (zmtp.GREETING + on_the_wire([[b"early"]]), "before its handshake is over"),
        (zmtp.GREETING + b"\x04\x08\x05ERROR\x01x", "refused the connection"),
        (BEGINNING + b"\x80\x00", "no message"),
        (BEGINNING + b"\x05\x00", "no message"),
        (BEGINNING + b"\x06" + (1 << 20).to_bytes(8, "big"), "more in one message than the sheet allows"),
        (BEGINNING + b"\x02" + (1 << 63).to_bytes(8, "big"), "more in one message than the sheet allows"),
    ],
)
def test_what_is_no_message_is_told_as_such(data, sentence):
    with pytest.raises(ProtocolError, match=sentence):
        read_all(data)


def test_the_frames_of_one_message_are_bounded_together():
    frame = b"\x01\xff" + bytes(255)
    reader = MessageReader(LIMIT)
    reader.feed(BEGINNING)
    reader.feed(frame * (LIMIT // (255 + 64)))
    with pytest.raises(ProtocolError, match="more in one message"):
        reader.feed(frame)


def test_frames_without_content_count_too():
    reader = MessageReader(LIMIT)
    reader.feed(BEGINNING)
    with pytest.raises(ProtocolError, match="more in one message"):
        reader.feed(b"\x01\x00" * LIMIT)


def test_messages_of_the_largest_size_follow_each_other():
    frames = [bytes(LIMIT // 2 - 64), bytes(LIMIT // 2 - 64)]
    assert read_all(BEGINNING + on_the_wire([frames] * 5)) == [frames] * 5


def test_what_is_announced_takes_no_memory_before_it_arrives():
    reader = MessageReader(1 << 40)
    reader.feed(BEGINNING)
    tracemalloc.start()
    try:
        reader.feed(b"\x02" + (1 << 39).to_bytes(8, "big") + bytes(100))
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_commands_between_messages_change_nothing():
    ping = b"\x04\x07\x04PING\x00\x00"
    assert read_all(BEGINNING + on_the_wire([[b"a"]]) + ping + on_the_wire([[b"b"]])) == [[b"a"], [b"b"]]
