"""One channel of a sandboxed kernel, seen from the trusted side."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Sequence
from typing import Final

from sheetgrader.boundary.encoding import Buffer
from sheetgrader.kernels import zmtp
from sheetgrader.kernels.zmtp import ProtocolError, TooLarge

#: How much is read, or offered to be written, at a time.
_CHUNK_BYTES: Final = 1 << 16
#: How many buffers the operating system takes at once.
_MOST_BUFFERS: Final = 64


class Channel:
    """A connection to a listening socket of a kernel's, which is never dialled again: somebody else might answer there.

    It does nothing by itself. What the kernel sends waits in the sandbox until :meth:`receive` is called, and what is
    sent goes out as fast as the kernel takes it, with each :meth:`flush`.
    """

    def __init__(self, address: str, socket_type: str, message_bytes: int) -> None:
        """Connect to ``ipc://`` and a path, as a socket of a ZeroMQ type that the kernel's own socket talks to."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._reader = zmtp.MessageReader(message_bytes)
        self._unsent: deque[memoryview] = deque()
        #: Messages that wait for the end of the handshake.
        self._early: list[Sequence[Buffer]] = []
        #: Why nothing comes any more, as a sentence; empty while the connection stands.
        self.ending = ""
        #: Whether a message over the limit ended it.
        self.is_over_limit = False
        try:
            self._socket.connect(address.removeprefix("ipc://"))
        except OSError:
            self.ending = "it does not take connections"
        self._socket.settimeout(0)
        self._put([zmtp.GREETING, zmtp.ready(socket_type)])
        if socket_type == "SUB":
            self.send(zmtp.subscription())

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._socket.fileno()

    @property
    def has_unsent(self) -> bool:
        """Whether something waits until the kernel takes more."""
        return bool(self._unsent)

    def send(self, frames: Sequence[Buffer]) -> None:
        """Send a message, as much as the kernel takes now; the buffers must not change until all is sent."""
        if self._reader.is_ready:
            self._put(zmtp.message(frames))
        else:
            self._early.append(frames)

    def flush(self) -> None:
        """Send what the kernel takes now."""
        try:
            while self._unsent:
                buffers = [self._unsent[position] for position in range(min(len(self._unsent), _MOST_BUFFERS))]
                sent = self._socket.sendmsg(buffers)
                while sent and sent >= len(self._unsent[0]):
                    sent -= len(self._unsent.popleft())
                if sent:
                    self._unsent[0] = self._unsent[0][sent:]
        except BlockingIOError:
            pass
        except OSError:
            # Nobody takes it any more; what the kernel sent before can still be received.
            self._unsent.clear()

    def receive(self) -> list[list[bytes]]:
        """Return the next messages of those that have arrived whole; what is over a limit, or no message, ends the
        connection.
        """
        messages: list[list[bytes]] = []
        try:
            while not messages and not self.ending:
                data = self._socket.recv(_CHUNK_BYTES)
                messages = self._reader.feed(data)
                if not data:
                    self.ending = "it closed its connection"
        except BlockingIOError:
            pass
        except OSError:
            self.ending = "it closed its connection"
        except ProtocolError as error:
            self.ending, self.is_over_limit = str(error), isinstance(error, TooLarge)
        if self._early and self._reader.is_ready:
            early, self._early = self._early, []
            for frames in early:
                self._put(zmtp.message(frames))
        return messages

    def close(self) -> None:
        """Close the connection; does nothing the second time."""
        self._socket.close()

    def _put(self, buffers: Sequence[Buffer]) -> None:
        self._unsent += (view for buffer in buffers if (view := memoryview(buffer).cast("B")))
        self.flush()
