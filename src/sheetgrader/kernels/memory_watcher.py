"""The process that watches over the memory of a worker's kernels: run by an isolated interpreter, ``python -I -S
memory_watcher.py <descriptor of the connection>``.

A thread of the worker would not do: none runs while another reads a large message of a kernel's.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import time
import types
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

if __name__ == "__main__":
    # The package's own __init__ would bring in the grading side, which takes longer than all that is done here.
    _package = types.ModuleType("sheetgrader")
    _package.__path__ = [str(Path(__file__).resolve().parents[1])]
    sys.modules[_package.__name__] = _package

from sheetgrader.sandbox import messages, usage

#: How long there is between two looks.
_SECONDS: Final = 0.2


@dataclass(frozen=True)
class _Kernel:
    """What is watched."""

    process: int
    #: What it has had from the fork.
    private: int
    most_bytes: int
    #: Stands for the process, and for no other that has its number later.
    descriptor: int

    def is_over(self) -> bool:
        used = usage.memory_bytes(self.process, self.private, self.most_bytes)
        return used > self.most_bytes and not self.has_ended()

    def has_ended(self) -> bool:
        poll = select.poll()
        poll.register(self.descriptor, select.POLLIN)
        return bool(poll.poll(0))


def watch(connection: socket.socket) -> None:
    """Watch over the kernels that are named on ``connection``, until it is closed."""
    kernels: dict[int, _Kernel] = {}
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    next_look = 0.0
    while True:
        # Without a kernel there is nothing to wake up for.
        if poll.poll(1000 * max(0.0, next_look - time.monotonic()) if kernels else None):
            message = messages.receive(connection)
            if message is None:
                return
            if not kernels:
                next_look = time.monotonic() + _SECONDS
            _heed(message, kernels)
        if time.monotonic() >= next_look:
            for number, kernel in list(kernels.items()):
                _look(number, kernel, kernels, connection)
            next_look = time.monotonic() + _SECONDS


def _heed(message: messages.Message, kernels: dict[int, _Kernel]) -> None:
    content = message.content
    if "watch" in content:
        (descriptor,) = message.descriptors
        kernels[content["watch"]] = _Kernel(content["process"], content["private"], content["most_bytes"], descriptor)
    else:
        _forget(content["forget"], kernels)


def _look(number: int, kernel: _Kernel, kernels: dict[int, _Kernel], connection: socket.socket) -> None:
    is_over = kernel.is_over()
    if is_over:
        # Before the kernel is gone, so that whoever finds it gone knows why.
        messages.send(connection, {"over": number})
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(kernel.descriptor, signal.SIGKILL)
    if is_over or kernel.has_ended():
        _forget(number, kernels)


def _forget(number: int, kernels: dict[int, _Kernel]) -> None:
    kernel = kernels.pop(number, None)
    if kernel is not None:
        os.close(kernel.descriptor)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as _connection:
        watch(_connection)
