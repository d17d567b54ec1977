"""Runs jobs on this machine, some at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from sheetgrader.kernels.launcher import ZygoteConnection
from sheetgrader.training.job import JobResult, Tell, TrainingJob, run_job, start_zygote


def run_all(jobs: Sequence[TrainingJob], tell: Tell, *, workers: int = 0) -> Iterator[JobResult]:
    """Run ``jobs`` and yield each result as soon as it is there.

    Args:
        jobs: all for one device and isolation.
        tell: is called for each epoch, from any thread.
        workers: runs at a time; 0 is one for each core, and one on a GPU.

    Raises:
        IsolationError: no sandbox can be had.
    """
    first = jobs[0]
    workers = workers or (1 if first.device == "cuda" else max(1, len(os.sched_getaffinity(0)) // first.threads))
    with start_zygote(first) as zygote:
        zygote.wait_ready()
        pool = ThreadPoolExecutor(workers)
        try:
            for done in as_completed([pool.submit(_run, job, zygote.address, tell) for job in jobs]):
                yield done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            # What still runs ends with the process that it was forked from, and then its thread does.
            zygote.close()
            pool.shutdown()


def run_here(job: TrainingJob, tell: Tell) -> JobResult:
    """Run one job by itself, as a worker on a cluster's node does.

    Raises:
        IsolationError: no sandbox can be had.
    """
    return next(run_all([job], tell, workers=1))


def _run(job: TrainingJob, address: str, tell: Tell) -> JobResult:
    connection = ZygoteConnection(address)
    try:
        return run_job(job, connection, tell)
    finally:
        connection.close()
