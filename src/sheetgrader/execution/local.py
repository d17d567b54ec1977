"""A pool of worker processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
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
    """Grades work items in worker processes.

    A worker that dies takes nothing with it: the submissions it may have had are graded again, one at a time, and the
    one that kills its worker twice is given back as not judged.
    """

    def __init__(self, zygote_address: str, workers: int) -> None:
        self._zygote_address = zygote_address
        self._workers = workers
        self._executor: Executor | None = None

    def __enter__(self) -> Self:
        if _has_one_thread():
            # Its copies have everything imported already. What this process opens from now on they do not share.
            self._executor = self._start("fork")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop(at_once=error is not None)

    def grade(self, items: Iterable[WorkItem]) -> Iterator[GradedSubmission]:
        """Grade ``items`` and yield each result as soon as it is there.

        Raises:
            SheetgraderError: what a worker raised: the course's graders are broken, or no sandbox can be had.
        """
        suspects: deque[WorkItem] = deque()
        yield from self._grade_window(iter(items), 2 * self._workers, suspects.extend)
        while suspects:
            item = suspects.popleft()
            died_again: list[WorkItem] = []
            yield from self._grade_window(iter([item]), 1, died_again.extend)
            yield from (not_judged(item, _WORKER_DIED) for item in died_again)

    def _grade_window(
        self, items: Iterator[WorkItem], window: int, when_worker_dies: Callable[[Iterable[WorkItem]], None]
    ) -> Iterator[GradedSubmission]:
        """Keep ``window`` items under way; those under way when a worker dies are handed to ``when_worker_dies``."""
        under_way: dict[Future[bytes], WorkItem] = {}
        while True:
            while len(under_way) < window and (item := next(items, None)) is not None:
                under_way[self._submit(item)] = item
            if not under_way:
                return
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            results = [
                (future.result(), future) for future in done if not isinstance(future.exception(), BrokenProcessPool)
            ]
            for encoded, future in results:
                del under_way[future]
                yield msgspec.msgpack.decode(encoded, type=GradedSubmission)
            if len(results) < len(done):
                when_worker_dies(under_way.values())
                under_way.clear()
                self._stop(at_once=True)

    def _submit(self, item: WorkItem) -> Future[bytes]:
        if self._executor is None:
            self._executor = self._start("forkserver")
        try:
            return self._executor.submit(worker_process.grade, msgspec.msgpack.encode(item))
        except BrokenProcessPool as broken:
            future: Future[bytes] = Future()
            future.set_exception(broken)
            return future

    def _start(self, method: str) -> Executor:
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
            for process in multiprocessing.active_children():
                process.kill()
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._executor = None


def _has_one_thread() -> bool:
    """Tell whether this process can be forked: a lock that another thread holds would stay locked in the copy."""
    return len(list(Path("/proc/self/task").iterdir())) == 1
