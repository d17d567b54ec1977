"""Makes pages as badly as can be: what to do is the content."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

_kept: list[bytes] = []


def make(content: bytes) -> bytes:
    kind, _, rest = content.decode().partition(" ")
    if kind == "remember":
        _kept.append(rest.encode())
    elif kind == "count":
        while True:
            pass
    elif kind == "sleep":
        time.sleep(600)
    elif kind == "hoard":
        _kept.append(bytes(2 << 30))
    elif kind == "flood":
        return bytes(int(rest))
    elif kind == "raise":
        raise LookupError(rest)
    elif kind == "end":
        os.kill(os.getpid(), getattr(signal, rest))
    elif kind == "write":
        Path(rest).write_text("written")
    elif kind == "read":
        return Path(rest).read_bytes()
    elif kind == "connect":
        with socket.create_connection(("127.0.0.1", int(rest)), timeout=5) as connection:
            connection.sendall(b"x")
    elif kind == "fork":
        os.fork()
    return b"; ".join([*_kept, content])
