"""The warm process that forks one process for each page; see :mod:`sheetgrader.report.page_process`."""

from __future__ import annotations

import importlib
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NoReturn

import sheetgrader
from sheetgrader.sandbox import landlock, messages, seccomp, syscalls
from sheetgrader.sandbox.limits import ProcessSize, SandboxLimits, limit_resources

#: What a process ends with that has made no page: it got no more memory, or something else was raised.
OUT_OF_MEMORY: Final = 3
FAILED: Final = 4

#: Where shared libraries lie beside Python's own folders, should one still be loaded.
_SYSTEM_FOLDERS: Final = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache")


def main(control: str) -> NoReturn:
    """Import the module that is named, lock this process in, and make pages until nobody wants any more."""
    with socket.socket(fileno=int(control)) as channel:
        first = messages.receive(channel)
        if first is None:
            os._exit(0)
        maker = importlib.import_module(first.content["maker"])
        make: Callable[[bytes], bytes] = maker.make
        # What every page would have to load anew.
        getattr(maker, "get_ready", lambda: None)()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        start = ProcessSize.of_this_process()
        _lock_in()
        messages.send(channel, {"ready": True})
        while (message := messages.receive(channel)) is not None:
            if "warm" in message.content:
                _warm(make, *message.descriptors)
                continue
            process = os.fork()
            if process == 0:
                channel.close()
                os.dup2(nowhere, sys.stderr.fileno())
                _make_here(make, message.content["make"], start, *message.descriptors)
            message.close()
            messages.send(channel, {"status": os.waitpid(process, 0)[1]})
    os._exit(0)


def _lock_in() -> None:
    """Give up what making pages does not need, as far as the machine lets a process do that by itself."""
    with suppress(OSError):
        # Root needs no user namespace for that; and in one it would lose the right to read others' libraries.
        syscalls.unshare(syscalls.CLONE_NEWNET | (syscalls.CLONE_NEWUSER if os.geteuid() else 0))
    syscalls.process_control(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    package = str(Path(sheetgrader.__file__).parent)
    with suppress(OSError):
        if landlock.version():
            landlock.restrict((*_SYSTEM_FOLDERS, sys.prefix, sys.base_prefix, package, *sys.path), (), ())
    with suppress(OSError):
        seccomp.install(seccomp.encode(seccomp.build_program(syscalls.this_architecture())))


def _warm(make: Callable[[bytes], bytes], parcel: int) -> None:
    # What is wrong with the course's own content, its pages will tell.
    with os.fdopen(parcel, "rb") as content, suppress(Exception):
        make(content.read())


def _make_here(
    make: Callable[[bytes], bytes], limits: dict[str, Any], start: ProcessSize, parcel: int, writing: int
) -> NoReturn:
    """Make one page in this process, which then ends."""
    code = FAILED
    try:
        syscalls.process_control(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
        limit_resources(
            SandboxLimits(
                memory_bytes=limits["memory_bytes"],
                cpu_seconds=limits["cpu_seconds"],
                # Pages are written by whoever asked for them.
                file_bytes=0,
                open_files=64,
            ),
            start,
        )
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        with os.fdopen(parcel, "rb") as content, os.fdopen(writing, "wb") as page:
            try:
                page.write(make(content.read()))
                code = 0
            except MemoryError:
                code = OUT_OF_MEMORY
            except Exception as error:  # noqa: BLE001 # a stranger's content may bring out any
                page.write(type(error).__name__.encode())
    finally:
        os._exit(code)
