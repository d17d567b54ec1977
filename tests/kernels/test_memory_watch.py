"""The watch over a kernel's memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sheetgrader.kernels.client import KernelClient, KernelGone
from sheetgrader.kernels.memory_watch import MemoryWatch
from sheetgrader.results import Outcome
from sheetgrader.sandbox import control_group, process_tree

from ..kernel_fixtures import NewKernel

_LIMIT = 100 << 20
#: Takes memory when it is told to, has it for some seconds, and ends by itself.
_PROGRAM = "import sys, time; sys.stdin.read(1); taken = b'x' * {taken}; time.sleep({seconds}); sys.exit(7)"


class Process:
    """A process that takes memory, in the place of a kernel."""

    def __init__(self, taken: int, seconds: float) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _PROGRAM.format(taken=taken, seconds=seconds)], stdin=subprocess.PIPE
        )
        self.process_id = self._process.pid
        self.private_at_fork = 0
        self.pidfd = os.pidfd_open(self.process_id)

    def take(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"x")
        self._process.stdin.flush()

    def status(self) -> int:
        return self._process.wait(60)

    def close(self) -> None:
        os.close(self.pidfd)
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def large() -> Iterator[Process]:
    process = Process(2 * _LIMIT, seconds=3)
    yield process
    process.close()


@pytest.fixture
def small() -> Iterator[Process]:
    process = Process(_LIMIT // 2, seconds=1)
    yield process
    process.close()


def watchers() -> list[int]:
    program = b"memory_watcher.py"
    return [
        process
        for process in process_tree.children(os.getpid())
        if program in Path(f"/proc/{process}/cmdline").read_bytes()
    ]


def test_who_takes_too_much_is_killed_and_nobody_else(large: Process, small: Process) -> None:
    over, within = MemoryWatch(large, _LIMIT), MemoryWatch(small, _LIMIT)
    large.take()
    small.take()
    assert large.status() == -signal.SIGKILL
    assert over.finding == "it took more than 100 MiB of memory"
    assert small.status() == 7
    assert within.finding == ""
    for watch in (over, within, over):
        watch.close()


def test_who_is_no_longer_watched_is_left_alone(large: Process, small: Process) -> None:
    ended, going_on = MemoryWatch(large, _LIMIT), MemoryWatch(small, _LIMIT)
    ended.close()
    large.take()
    small.take()
    assert (small.status(), large.status()) == (7, 7)
    assert ended.finding == ""
    going_on.close()


def test_it_looks_while_this_process_only_computes(large: Process, small: Process) -> None:
    warm = MemoryWatch(small, 1 << 20)
    assert small.status() == -signal.SIGKILL
    watch = MemoryWatch(large, _LIMIT)
    large.take()
    # No other thread of this interpreter runs meanwhile, and in the end the process is over by itself.
    sum(range(2 * 10**8))
    assert large.status() == -signal.SIGKILL
    assert watch.finding
    for each in (warm, watch):
        each.close()


def test_all_watches_of_a_process_share_one_watcher_which_is_replaced_when_it_ends(
    large: Process, small: Process
) -> None:
    first, second = MemoryWatch(large, _LIMIT), MemoryWatch(small, _LIMIT)
    (watcher,) = watchers()
    os.kill(watcher, signal.SIGKILL)
    os.waitid(os.P_PID, watcher, os.WEXITED | os.WNOWAIT)
    assert first.finding == second.finding == ""
    until = time.monotonic() + 10
    # While a process is reaped, the kernel's list of children may leave others out.
    while not (others := [each for each in watchers() if each != watcher]):
        assert time.monotonic() < until
        time.sleep(0.01)
    assert len(others) == 1
    large.take()
    assert large.status() == -signal.SIGKILL
    assert first.finding
    for watch in (first, second):
        watch.close()


def test_it_ends_with_the_process_that_it_watches_for(run_python) -> None:
    code = (
        "import os, sys\n"
        "from sheetgrader.kernels.memory_watch import MemoryWatch\n"
        "class This: process_id = os.getpid(); private_at_fork = 0; pidfd = os.pidfd_open(os.getpid())\n"
        "MemoryWatch(This, 1 << 40)\n"
        "from sheetgrader.kernels import memory_watch\n"
        "print(memory_watch._watcher()._process.pid, flush=True)\n"
        "if sys.argv[1:]: os._exit(0)\n"
    )
    for arguments in ((), ("at once",)):
        watcher = Path("/proc", run_python(code, *arguments))
        deadline = time.monotonic() + 20
        while watcher.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not watcher.exists()


#: Takes memory in processes of its own, each within its limits, and keeps whoever grades busy with reading.
_GREEDY = """
import json, os, time
for _ in range(4):
    if os.fork() == 0:
        taken = b"x" * (120 << 20)
        time.sleep(60)
kernel = get_ipython().kernel
message = kernel.session.msg("display_data", {}, parent=kernel.get_parent())
parts = [json.dumps(message[part], default=str).encode() for part in ("header", "parent_header", "metadata")]
text = b'{"data": {"application/json": [' + b"[]," * 900_000 + b'[]]}, "metadata": {}}'
while True:
    kernel.iopub_socket.send_multipart([b"display_data", b"<IDS|MSG>", b"", *parts, text])
"""


def test_a_kernel_that_keeps_its_grader_busy_is_killed_where_no_control_group_bounds_it(
    new_kernel: NewKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_group, "writable_parents", list)
    kernel = new_kernel(memory_bytes=300 << 20)
    client = KernelClient(kernel, memory_bytes=300 << 20, message_bytes=64 << 20, grace_seconds=1)
    client.wait_ready()
    with pytest.raises(KernelGone) as gone:
        client.execute(_GREEDY, cell="greedy", seconds=60, output_bytes=1 << 20)
    client.close()
    assert gone.value.outcome is Outcome.OUT_OF_MEMORY
    assert gone.value.reason == "it took more than 300 MiB of memory"
