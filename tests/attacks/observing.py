"""Grades attackers in worker processes and keeps an eye on what each of them gets to see, takes and leaves behind."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sheetgrader.grading.session import References
from sheetgrader.grading.worker import grade_submission
from sheetgrader.items import GradedSubmission, WorkItem
from sheetgrader.kernels.launcher import SandboxedKernel, SandboxedScript, ZygoteConnection
from sheetgrader.kernels.processes import SandboxedProcess


@dataclass(frozen=True)
class Observation:
    """What became of one submission."""

    group: str
    graded: GradedSubmission
    #: All bytes in the work folders of its kernels and scripts, as they stood when grading was done with them, file
    #: names included.
    left_in_work_folder: bytes
    seconds: float
    #: How much the worker grew at most while it graded, in bytes.
    growth: int
    #: What the worker has open, and threads, more than before.
    new_descriptors: tuple[str, ...]
    new_threads: int


def told(observed: Observation) -> list[str]:
    """Return all sentences that a group gets to read."""
    result = observed.graded.result
    sentences = [*result.notes, result.error, *(run.message for run in result.runs)]
    return sentences + [
        text
        for cell in result.cells
        for text in (cell.message, *(part for c in cell.criteria for part in (c.message, c.hint, c.rubric, c.remark)))
    ]


class _WatchedConnection(ZygoteConnection):
    """Reads the work folder of each kernel and script before it is given back."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.left = b""

    def fork(self, **keywords: Any) -> SandboxedKernel:
        kernel = super().fork(**keywords)
        self._read_before_closing(kernel)
        return kernel

    def run_script(self, command: Sequence[str], **keywords: Any) -> SandboxedScript:
        script = super().run_script(command, **keywords)
        self._read_before_closing(script)
        return script

    def _read_before_closing(self, process: SandboxedProcess) -> None:
        close = process.close

        def read_and_close() -> None:
            if not process.is_closed:
                # A copy, because the folder belongs to the process; all in it is read, however deep.
                self.left += _all_bytes(os.dup(process._work_folder))
            close()

        process.close = read_and_close  # type: ignore[method-assign]


def _all_bytes(folder: int) -> bytes:
    found = []
    with suppress(OSError):
        for name in os.listdir(folder):
            found.append(os.fsencode(name))
            with suppress(OSError):
                descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
                if os.path.isdir(f"/proc/self/fd/{descriptor}"):  # noqa: PTH112 # a descriptor has no other path
                    found.append(_all_bytes(descriptor))
                else:
                    with os.fdopen(descriptor, "rb") as file:
                        found.append(file.read(1 << 20))
    os.close(folder)
    return b"\n".join(found)


_MOST_POOLS = 6
_state: dict[str, Any] = {}


def _connect(address: str, environment: Mapping[str, str], first: WorkItem) -> None:
    os.environ.update(environment)
    _state["connection"] = _WatchedConnection(address)
    _state["references"] = References(_state["connection"])
    # What a worker opens once and keeps, it opens now.
    grade_submission(first, _state["connection"], _state["references"])


def _observe(item: WorkItem) -> Observation:
    connection: _WatchedConnection = _state["connection"]
    connection.left = b""
    # Writing 5 sets the highest size so far back to the present one (proc(5)).
    Path("/proc/self/clear_refs").write_text("5")
    size, descriptors, threads = _highest_size(), _descriptors(), threading.active_count()
    start = time.monotonic()
    graded = grade_submission(item, connection, _state["references"])
    seconds = time.monotonic() - start
    return Observation(
        group=item.group,
        graded=graded,
        left_in_work_folder=connection.left,
        seconds=seconds,
        growth=_highest_size() - size,
        new_descriptors=_new_descriptors(descriptors),
        new_threads=threading.active_count() - threads,
    )


def _highest_size() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:"))


def _descriptors() -> set[str]:
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            link = str(descriptor.readlink())
            # What the watch over a reference solution's memory has open for a moment.
            if not link.startswith("/proc/"):
                found.add(f"{descriptor.name} {link}")
    return found


def _new_descriptors(earlier: set[str]) -> tuple[str, ...]:
    # ZeroMQ closes what belonged to a socket in a thread of its own, a moment after the socket.
    deadline = time.monotonic() + 5
    while (found := _descriptors() - earlier) and time.monotonic() < deadline:
        time.sleep(0.05)
    return tuple(sorted(found))


def observe(
    items: Sequence[WorkItem], address: str, environment: Mapping[str, str], workers: int = 2
) -> Iterator[Observation]:
    """Grade ``items`` in worker processes that hold ``environment``, and yield what was observed; the first is an
    honest one.

    ZeroMQ ends a worker now and then whose kernel writes frames without an end into the connection. The course's pool
    then grades again what was under way, and so does this one.
    """
    begin = (address, dict(environment), items[0])
    observed = 0
    for _ in range(_MOST_POOLS):
        with ProcessPoolExecutor(
            workers, mp_context=get_context("forkserver"), initializer=_connect, initargs=begin
        ) as pool:
            futures = [pool.submit(_observe, item) for item in items[observed:]]
            try:
                for future in futures:
                    yield future.result()
                    observed += 1
            except BrokenProcessPool:
                continue
            return
    raise AssertionError(f"{items[observed].group} or one beside it ends every worker")
