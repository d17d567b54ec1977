"""A pool of worker processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from sheetgrader.execution import worker_process
from sheetgrader.items import GradedSubmission, WorkItem, not_judged

_WORKER_DIED: Final = "The grading process ended while it judged this submission; a tutor will look at it."


def warm_up() -> None:
    """Start to import what workers need, in the background, for a process that will have threads when it wants
    workers.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["sheetgrader.execution.worker_process"])
    from multiprocessing import forkserver  # exists on POSIX only, where the sandbox is as well

    forkserver.ensure_running()


class LocalPool:
    """Grades work items in worker processes: :meth:`submit` some, and take each result as soon as it is there.

    A worker that dies takes nothing with it: the submissions it may have had are graded again, one at a time, and the
    one that kills its worker twice is given back as not judged.
    """

    def __init__(self, zygote_address: str, workers: int) -> None:
        self._zygote_address = zygote_address
        self._workers = workers
        self._executor: ProcessPoolExecutor | None = None
        self._under_way: dict[Future[bytes], WorkItem] = {}
        #: What was under way when a worker died.
        self._suspects: deque[WorkItem] = deque()
        self._is_alone = False
        self._results: deque[GradedSubmission] = deque()

    def __enter__(self) -> Self:
        if _has_one_thread():
            # Its copies have everything imported already. What this process opens from now on they do not share.
            self._executor = self._start("fork")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop(at_once=error is not None)

    @property
    def is_full(self) -> bool:
        """Whether a result should be taken before another item is submitted: twice as many as workers keep all busy."""
        return self._is_alone or len(self._under_way) + len(self._results) >= 2 * self._workers

    @property
    def is_idle(self) -> bool:
        """Whether every result has been taken."""
        return not (self._under_way or self._suspects or self._results)

    def submit(self, item: WorkItem) -> None:
        """Have ``item`` graded."""
        if self._executor is None:
            self._executor = self._start("forkserver")
        try:
            future = self._executor.submit(worker_process.grade, msgspec.msgpack.encode(item))
        except BrokenProcessPool as broken:
            future = Future()
            future.set_exception(broken)
        self._under_way[future] = item

    def take(self) -> GradedSubmission:
        """Return a result, whichever is there first; wait for it where none is.

        Raises:
            SheetgraderError: what a worker raised: the course's graders are broken, or no sandbox can be had.
            LookupError: nothing has been submitted whose result is still to come.
        """
        while not self._results:
            if not self._under_way:
                if not self._suspects:
                    raise LookupError("no result is to come")
                self._is_alone = True
                self.submit(self._suspects.popleft())
            self._wait()
        return self._results.popleft()

    def grade(self, items: Iterable[WorkItem]) -> Iterator[GradedSubmission]:
        """Grade ``items`` and yield each result as soon as it is there.

        Raises:
            SheetgraderError: see :meth:`take`.
        """
        for item in items:
            while self.is_full:
                yield self.take()
            self.submit(item)
        while not self.is_idle:
            yield self.take()

    def _wait(self) -> None:
        """Wait until something that is under way ends, and keep what came of it."""
        done, _ = wait(self._under_way, return_when=FIRST_COMPLETED)
        finished = [future for future in done if not isinstance(future.exception(), BrokenProcessPool)]
        for future in finished:
            del self._under_way[future]
            self._results.append(msgspec.msgpack.decode(future.result(), type=GradedSubmission))
        if len(finished) < len(done):
            lost = list(self._under_way.values())
            self._under_way.clear()
            self._stop(at_once=True)
            if self._is_alone:
                self._results.extend(not_judged(item, _WORKER_DIED) for item in lost)
            else:
                self._suspects.extend(lost)
        if not self._under_way:
            self._is_alone = False

    def _start(self, method: str) -> ProcessPoolExecutor:
        context = multiprocessing.get_context(method)
        executor = ProcessPoolExecutor(
            self._workers, mp_context=context, initializer=worker_process.connect, initargs=(self._zygote_address,)
        )
        # With its first task it starts all its processes, if it forks them.
        executor.submit(os.getpid)
        return executor

    def _stop(self, *, at_once: bool) -> None:
        if self._executor is None:
            return
        if at_once:
            # Not all children of this process: whoever uses this as a library may have some of their own.
            for process in list((self._executor._processes or {}).values()):
                process.kill()
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._executor = None


def _has_one_thread() -> bool:
    """Tell whether this process can be forked: a lock that another thread holds would stay locked in the copy."""
    return len(list(Path("/proc/self/task").iterdir())) == 1
