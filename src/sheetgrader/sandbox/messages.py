"""Messages between the trusted side and the zygote: one JSON object and some file descriptors in one packet of a Unix
socket.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_MOST_BYTES: Final = 256 << 10
_MOST_DESCRIPTORS: Final = 16


@dataclass(frozen=True)
class Message:
    """What arrived in one packet; whoever received it owns the descriptors."""

    content: dict[str, Any]
    descriptors: tuple[int, ...] = ()

    def close(self) -> None:
        """Close the descriptors."""
        for descriptor in self.descriptors:
            os.close(descriptor)


def send(connection: socket.socket, content: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
    """Send one message.

    Raises:
        OSError: nobody listens any more.
    """
    socket.send_fds(connection, [json.dumps(content).encode()], list(descriptors), socket.MSG_NOSIGNAL)


def receive(connection: socket.socket) -> Message | None:
    """Wait for one message; None when the other side has closed the connection.

    Raises:
        TimeoutError: the socket has a timeout, and it is over.
        ValueError: what arrived is no message.
    """
    try:
        data, descriptors, _, _ = socket.recv_fds(connection, _MOST_BYTES, _MOST_DESCRIPTORS)
    except ConnectionResetError:
        # The other side closed without having read all; told once, before what it had sent until then.
        data, descriptors, _, _ = socket.recv_fds(connection, _MOST_BYTES, _MOST_DESCRIPTORS)
    if not data:
        return None
    message = Message({}, tuple(descriptors))
    try:
        message.content.update(json.loads(data))
    except (ValueError, TypeError):
        message.close()
        raise ValueError("what arrived is no message") from None
    return message
