"""A watch over a kernel's memory while it runs, where the operating system does not bound that of a whole
process tree.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

from sheetgrader.errors import IsolationError
from sheetgrader.sandbox import messages

_PROGRAM: Final = Path(__file__).with_name("memory_watcher.py")


class Watched(Protocol):
    """What the watch needs to know of a kernel."""

    @property
    def process_id(self) -> int:
        """The process as the host sees it."""

    @property
    def private_at_fork(self) -> int:
        """The memory that it had from the fork."""

    @property
    def pidfd(self) -> int:
        """A descriptor of the process."""


class MemoryWatch:
    """A kernel that is watched, by a process that all kernels of this one share, since a kernel may take memory while
    this process does nothing but compute.
    """

    def __init__(self, kernel: Watched, memory_bytes: int) -> None:
        """Begin to watch ``kernel``, which is killed when it has taken more than ``memory_bytes``.

        Raises:
            IsolationError: the process that watches cannot be started.
        """
        self._memory_bytes = memory_bytes
        self._watcher = _watcher()
        self._number = self._watcher.begin(kernel, memory_bytes)

    @property
    def finding(self) -> str:
        """Why the kernel was killed, as one sentence; empty while it was not."""
        is_over = self._watcher.has_found(self._number)
        return f"it took more than {self._memory_bytes >> 20} MiB of memory" if is_over else ""

    def close(self) -> None:
        """End the watch; does nothing the second time."""
        self._watcher.end(self._number)


class _Watcher:
    """The process that watches: started with the first kernel, and again where it has ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None
        #: What is watched, as it is asked for, and a descriptor of its process.
        self._watched: dict[int, tuple[dict[str, int], int]] = {}
        self._found: set[int] = set()
        # Workers end without this; then the process that watches ends by itself.
        atexit.register(self._stop)

    def begin(self, kernel: Watched, memory_bytes: int) -> int:
        """Watch a kernel; return the number that it is known by."""
        with self._lock:
            number = next(self._numbers)
            request = {
                "watch": number,
                "process": kernel.process_id,
                "private": kernel.private_at_fork,
                "most_bytes": memory_bytes,
            }
            self._watched[number] = request, os.dup(kernel.pidfd)
            if not self._send(request, self._watched[number][1]):
                self._start()
            return number

    def end(self, number: int) -> None:
        """Watch a kernel no longer; does nothing the second time."""
        with self._lock:
            if number in self._watched:
                os.close(self._watched.pop(number)[1])
                self._send({"forget": number})

    def has_found(self, number: int) -> bool:
        """Tell whether a kernel was killed."""
        with self._lock:
            while self._connection is not None and _is_readable(self._connection):
                message = messages.receive(self._connection)
                if message is None:
                    self._start()
                else:
                    self._found.add(message.content["over"])
            return number in self._found

    def _send(self, request: Mapping[str, int], *descriptors: int) -> bool:
        """Send a request; return whether there is somebody to take it."""
        if self._connection is None:
            return False
        try:
            messages.send(self._connection, request, descriptors)
        except OSError:
            return False
        return True

    def _start(self) -> None:
        """Start the process, and have it watch all that is to be watched."""
        self._stop()
        self._connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603  # this very interpreter
                    [sys.executable, "-I", "-B", "-S", str(_PROGRAM), str(theirs.fileno())],
                    pass_fds=(theirs.fileno(),),
                    env={},
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    # Ctrl-C at the terminal is for the main process to handle.
                    start_new_session=True,
                )
            except OSError as error:
                raise IsolationError(f"the process that watches over memory cannot be started: {error}") from None
        if not all(self._send(request, descriptor) for request, descriptor in self._watched.values()):
            raise IsolationError("the process that watches over memory ended at once")

    def _stop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _is_readable(connection: socket.socket) -> bool:
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


def _watcher() -> _Watcher:
    return _watcher_of(os.getpid())


@functools.cache
def _watcher_of(process: int) -> _Watcher:
    """Return the watcher of this process; a forked process is another one."""
    del process
    return _Watcher()
