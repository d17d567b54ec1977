"""Pages of strangers' content, each made in a process of its own that has only so much time and memory.

Whatever is made of what students wrote, drew or printed goes through :class:`PageProcess`: what is slow, large or
breaks a decoder there costs its own page, and nothing else.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import IO, Any, Final, Self

from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.errors import SheetgraderError
from sheetgrader.report import page_server
from sheetgrader.sandbox import messages

#: Until it has imported what it needs.
_START_SECONDS: Final = 300
#: Between the end of a page and being told of it.
_GRACE_SECONDS: Final = 5
_PIECE_BYTES: Final = 1 << 20
_BEGIN: Final = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {module} import main; main(sys.argv[2])"


class PageError(SheetgraderError):
    """A page that was not made; the text says why, as the end of a sentence."""


@dataclass(frozen=True)
class PageLimits:
    """What making one page may take."""

    #: Of the processor, which does not depend on what else the machine does.
    cpu_seconds: int = 20
    #: By the clock.
    seconds: float = 120.0
    #: On top of what the libraries have.
    memory_bytes: int = 1 << 30
    page_bytes: int = 64 << 20


class PageProcess:
    """Makes pages by a module's function ``make(content: bytes) -> bytes``.

    A warm process that has imported the module and seen no stranger's byte forks one process for each page. That one
    reads its own content and nothing before it, ends with its page, and is killed where it goes over a limit. It writes
    no file, and where the machine has Landlock, system call filters and user namespaces it reads no file but libraries,
    and reaches no network. A context manager.
    """

    def __init__(self, maker: str, limits: PageLimits | None = None) -> None:
        """Nothing is started yet.

        Args:
            maker: the name of the module with the function ``make``; it need not be imported here.
            limits: what one page may take.
        """
        self._maker = maker
        self._limits = limits or PageLimits()
        self._example: bytes | None = None
        self._server: _Server | None = None

    def __enter__(self) -> Self:
        """Start the warm process and return at once; it imports meanwhile."""
        self._started()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def warm(self, example: bytes) -> None:
        """Have a page made of ``example`` first, by the warm process itself: what the pages have in common is then at
        hand for all. To be called with the course's own content, never with a student's.
        """
        self._example = example
        if self._server is not None:
            self._server.warm(example)

    def make(self, content: bytes) -> bytes:
        """Return what the module makes of ``content``.

        Raises:
            PageError: it took too much of something, or failed; only this page is concerned.
            SheetgraderError: no page can be made: the process cannot be started.
        """
        server = self._started()
        try:
            server.wait_ready()
            return server.make(content, self._limits)
        except PageError:
            if not server.is_in_order:
                self.close()
            raise
        except BaseException:
            # Ctrl-C above all: nothing of it goes on.
            self.close()
            raise

    def close(self) -> None:
        """End the processes at once; does nothing the second time."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _started(self) -> _Server:
        if self._server is not None and self._server.has_ended:
            self.close()
        if self._server is None:
            self._server = _Server(self._maker)
            if self._example is not None:
                self._server.warm(self._example)
        return self._server


class _Server:
    """The warm process, as its owner sees it."""

    def __init__(self, maker: str) -> None:
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 # closed with the process
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._is_ready = False
        #: Whether it can make another page: it has told of the end of the last one.
        self.is_in_order = True
        # What it may import is what this process may.
        path = json.dumps([os.path.abspath(folder) for folder in sys.path])  # noqa: PTH100 # a relative one, even empty
        begin = _BEGIN.format(module=page_server.__name__)
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603 # this very interpreter
                    [sys.executable, "-I", "-B", "-c", begin, path, str(theirs.fileno())],
                    pass_fds=(theirs.fileno(),),
                    # Libraries ask for a home, which a user of a number alone has none of.
                    env={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": "/nonexistent"},
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=self._log,
                    # Ctrl-C at the terminal is for its owner to handle, and they are killed together.
                    start_new_session=True,
                )
            except OSError as error:
                raise SheetgraderError(f"the process that makes pages cannot be started: {error}") from None
        self._send({"maker": maker})

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def warm(self, example: bytes) -> None:
        parcel = _parcel(example)
        try:
            self._send({"warm": True}, parcel)
        finally:
            os.close(parcel)

    def wait_ready(self) -> None:
        if self._is_ready:
            return
        if self._receive(time.monotonic() + _START_SECONDS) is None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE_SECONDS)
            self._log.seek(0)
            lines = self._log.read(1 << 16).decode("utf-8", "replace").split("\n")
            said = next((plain_text(line.strip()) for line in reversed(lines) if line.strip()), "it said nothing")
            raise SheetgraderError(f"the process that makes pages did not start: {said}")
        self._is_ready = True

    def make(self, content: bytes, limits: PageLimits) -> bytes:
        deadline = time.monotonic() + limits.seconds
        self.is_in_order = False
        parcel = _parcel(content)
        reading, writing = os.pipe()
        try:
            try:
                self._send({"make": asdict(limits)}, parcel, writing)
            finally:
                os.close(parcel)
                os.close(writing)
            page = _read(reading, deadline, limits)
        finally:
            os.close(reading)
        told = self._receive(max(deadline, time.monotonic() + _GRACE_SECONDS))
        if told is None:
            raise PageError("the process that makes pages ended")
        self.is_in_order = True
        if reason := _why_not(told["status"], page, limits):
            raise PageError(reason)
        return page

    def close(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._control.close()
        self._log.close()

    def _send(self, content: dict[str, Any], *descriptors: int) -> None:
        # Where it has ended, what is read next says so.
        with suppress(OSError):
            messages.send(self._control, content, descriptors)

    def _receive(self, deadline: float) -> dict[str, Any] | None:
        self._control.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            message = messages.receive(self._control)
        except TimeoutError:
            return None
        return None if message is None else message.content


def _parcel(content: bytes) -> int:
    """Return the descriptor of a file in memory: what passes through the warm process itself, later pages could find
    in it.
    """
    descriptor = os.memfd_create("page", os.MFD_CLOEXEC)
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _read(descriptor: int, deadline: float, limits: PageLimits) -> bytes:
    """Return what comes until the other end is closed.

    Raises:
        PageError: it is too much, or the time is over.
    """
    os.set_blocking(descriptor, False)
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    pieces = bytearray()
    while True:
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise PageError(f"it took more than {limits.seconds:g} seconds")
        piece = os.read(descriptor, _PIECE_BYTES)
        if not piece:
            return bytes(pieces)
        pieces += piece
        if len(pieces) > limits.page_bytes:
            raise PageError(f"it came to more than {limits.page_bytes >> 20} MiB")


def _why_not(status: int, page: bytes, limits: PageLimits) -> str:
    """Return why a process that ended with ``status`` has made no page; empty where it has."""
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) == signal.SIGXCPU:
            return f"it took more than {limits.cpu_seconds} seconds of the processor"
        # Libraries that are not written in Python end the process where they get no memory.
        return f"it took more than {limits.memory_bytes >> 20} MiB of memory, or broke the process that makes pages"
    code = os.WEXITSTATUS(status)
    if code == page_server.OUT_OF_MEMORY:
        return f"it took more than {limits.memory_bytes >> 20} MiB of memory"
    return f"it failed with {plain_text(page.decode('utf-8', 'replace'), 100)}" if code else ""
