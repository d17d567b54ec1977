"""ZeroMQ's protocol, as far as a client needs it that does not trust the other side.

ZMTP 3.0 with the NULL mechanism (https://rfc.zeromq.org/spec/23/): a greeting of 64 bytes, a command READY, then
messages of one or more frames. libzmq speaks it too, but it bounds each frame and not the frames of a message, reads
ahead without being asked, and ends the whole process when something arrives that it has no room for. Here everything is
bounded, nothing is read before it is asked for, and what is wrong is an exception.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Final

from sheetgrader.boundary.encoding import Buffer
from sheetgrader.errors import WireError

_SIGNATURE: Final = b"\xff" + bytes(8) + b"\x7f"
_MECHANISM: Final = b"NULL".ljust(20, b"\0")
#: Signature, version 3.0, mechanism, "not the server", padding.
GREETING: Final = _SIGNATURE + b"\x03\x00" + _MECHANISM + bytes(32)
_SUBSCRIBE_TO_ALL: Final = b"\x01"
_MORE, _LONG, _COMMAND = 1, 2, 4
_SHORTEST_LONG: Final = 256
#: What a frame takes beside its content: an object, and its place in a list.
_FRAME_OVERHEAD: Final = 64
#: Commands are read whole; the longest that a kernel sends has some thirty bytes.
_MOST_COMMAND_BYTES: Final = 1 << 12


class ProtocolError(WireError):
    """The other side does not speak ZMTP 3; the text says how."""


class TooLarge(ProtocolError):
    """The other side sent a message over the limit."""


def ready(socket_type: str) -> bytes:
    """Return the command with which this side, a socket of ``socket_type`` as ``"DEALER"``, ends its handshake."""
    return _command(b"READY", {b"Socket-Type": socket_type.encode()})


def subscription() -> list[Buffer]:
    """Return the frames with which a SUB socket asks for everything that is published."""
    return [_SUBSCRIBE_TO_ALL]


def message(frames: Sequence[Buffer]) -> list[Buffer]:
    """Return what goes over the connection for a message of these frames; their contents are not copied."""
    parts: list[Buffer] = []
    for number, frame in enumerate(frames, start=1):
        size = memoryview(frame).nbytes
        flags = _MORE if number < len(frames) else 0
        parts.append(
            struct.pack("!BB", flags, size) if size < _SHORTEST_LONG else struct.pack("!BQ", flags | _LONG, size)
        )
        parts.append(frame)
    return parts


def _command(name: bytes, properties: Mapping[bytes, bytes]) -> bytes:
    body = bytes([len(name)]) + name
    for key, value in properties.items():
        body += bytes([len(key)]) + key + struct.pack("!I", len(value)) + value
    return struct.pack("!BB", _COMMAND, len(body)) + body


class MessageReader:
    """Puts messages together from the bytes of a connection, in whatever pieces they arrive."""

    def __init__(self, message_bytes: int) -> None:
        """Begin with the greeting.

        Args:
            message_bytes: how much the frames of one message may have together; each counts for at least its own price
                in memory.
        """
        self._message_bytes = message_bytes
        self._buffer = bytearray()
        #: How many bytes of the buffer there must be before anything more can be read from it.
        self._needed = len(GREETING)
        self._has_greeted = False
        self._frames: list[bytes] = []
        self._taken = 0
        #: Whether the other side has ended its handshake, so that messages may be sent.
        self.is_ready = False

    def feed(self, data: Buffer) -> list[list[bytes]]:
        """Take the next bytes and return the messages that are complete with them.

        Raises:
            TooLarge: a message is over the limit.
            ProtocolError: what arrived is not ZMTP. Either way nothing more can be read then.
        """
        self._buffer += data
        messages: list[list[bytes]] = []
        position = 0
        while len(self._buffer) - position >= self._needed:
            if not self._has_greeted:
                position = self._greeting(position)
                continue
            flags, header, size = self._header(position)
            self._needed = header + size
            if len(self._buffer) - position < self._needed:
                break
            with memoryview(self._buffer) as view:
                body = bytes(view[position + header : position + self._needed])
            position += self._needed
            self._needed = 2
            if flags & _COMMAND:
                self._heed(body)
            elif self._add(body, is_last=not flags & _MORE):
                messages.append(self._frames)
                self._frames = []
        del self._buffer[:position]
        return messages

    def _greeting(self, position: int) -> int:
        end = position + len(GREETING)
        greeting = bytes(self._buffer[position:end])
        if (
            greeting[0] != _SIGNATURE[0]
            or greeting[9] != _SIGNATURE[9]
            or greeting[10] < 3
            or greeting[12:32] != _MECHANISM
        ):
            raise ProtocolError("its connection does not begin as a kernel's does")
        self._has_greeted, self._needed = True, 2
        return end

    def _header(self, position: int) -> tuple[int, int, int]:
        """Return the flags of the frame at ``position``, the length of its header, and the size of its body, which may
        not be there yet.
        """
        flags = self._buffer[position]
        if flags & ~(_MORE | _LONG | _COMMAND) or (flags & _COMMAND and flags & _MORE):
            raise ProtocolError("its connection carries what is no message")
        if not flags & _LONG:
            size, header = self._buffer[position + 1], 2
        elif len(self._buffer) - position >= 9:
            (size,), header = struct.unpack_from("!Q", self._buffer, position + 1), 9
        else:
            # The size itself has not arrived.
            return flags, 9, 0
        if (
            size > _MOST_COMMAND_BYTES
            if flags & _COMMAND
            else self._taken + size + _FRAME_OVERHEAD > self._message_bytes
        ):
            raise TooLarge("it sent more in one message than the sheet allows")
        return flags, header, size

    def _add(self, body: bytes, *, is_last: bool) -> bool:
        """Add a frame to the message that is under way; return whether that is complete."""
        if not self.is_ready:
            raise ProtocolError("its connection carries messages before its handshake is over")
        self._frames.append(body)
        self._taken = 0 if is_last else self._taken + len(body) + _FRAME_OVERHEAD
        return is_last

    def _heed(self, body: bytes) -> None:
        # READY ends the handshake. Others are for socket types and options that are not used here.
        if body[:6] == b"\x05READY":
            self.is_ready = True
        elif body[:6] == b"\x05ERROR":
            raise ProtocolError("it refused the connection")
