"""Runs jobs on a cluster, through Dask: on Slurm's nodes, or wherever a scheduler has workers."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import Any, Final

import msgspec

from sheetgrader.errors import SheetgraderError, UsageError
from sheetgrader.training.job import JobResult, Tell, TrainingJob
from sheetgrader.training.local import run_here
from sheetgrader.training.settings import DaskRunner, SlurmRunner

#: Epochs travel from workers to this machine under this name.
_TOPIC: Final = "sheetgrader-epochs"
_CONNECT_SECONDS: Final = 30
_IDLE_SECONDS: Final = 60


class ClusterError(SheetgraderError):
    """The cluster cannot be reached, or lost a run."""


def run_all(jobs: Sequence[TrainingJob], runner: SlurmRunner | DaskRunner, tell: Tell) -> Iterator[JobResult]:
    """Run ``jobs`` on a cluster and yield each result as soon as it is there.

    Raises:
        UsageError: the extra ``cluster`` is not installed.
        ClusterError: the cluster cannot be reached, or a worker was lost.
        SheetgraderError: what a worker raised.
    """
    with ExitStack() as stack:
        client = _connect(runner, stack)
        client.subscribe_topic(_TOPIC, lambda event: _hear(event, tell))
        resources = {runner.gpu_resource: 1} if isinstance(runner, DaskRunner) and jobs[0].device == "cuda" else None
        yield from _results(client, [msgspec.msgpack.encode(job) for job in jobs], resources)


def _connect(runner: SlurmRunner | DaskRunner, stack: ExitStack) -> Any:
    distributed = _optional("distributed")
    try:
        if isinstance(runner, DaskRunner):
            return stack.enter_context(distributed.Client(runner.address, timeout=_CONNECT_SECONDS))
        cluster = stack.enter_context(_slurm(runner))
        cluster.scale(jobs=runner.jobs)
        return stack.enter_context(distributed.Client(cluster))
    except (OSError, ValueError, RuntimeError) as error:
        raise ClusterError(f"the cluster cannot be reached ({' '.join(str(error).split())}); see the runner in nbgrader_config.py") from None


def _optional(name: str) -> Any:
    """Return a module of the extra ``cluster``."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise UsageError("runners of the kinds slurm and dask need Dask; install it with: pip install 'sheetgrader[cluster]'") from None


def _slurm(runner: SlurmRunner) -> Any:
    return _optional("dask_jobqueue").SLURMCluster(
        queue=runner.partition,
        cores=runner.cores,
        processes=1,
        memory=runner.memory,
        walltime=runner.walltime,
        interface=runner.interface or None,
        job_extra_directives=list(runner.directives),
        # A job that does not find its scheduler any more gives its node back.
        death_timeout=_IDLE_SECONDS,
        # Nobody looks at dashboards, and their ports would be open to all of the network.
        scheduler_options={"dashboard_address": "127.0.0.1:0"},
        worker_extra_args=["--dashboard-address", "127.0.0.1:0"],
    )


def _results(client: Any, jobs: Sequence[bytes], resources: dict[str, int] | None) -> Iterator[JobResult]:
    distributed = _optional("distributed")
    futures = client.map(_run_on_worker, jobs, resources=resources, pure=False, retries=1)
    try:
        for future in distributed.as_completed(futures):
            yield msgspec.msgpack.decode(future.result(), type=JobResult)
    except (distributed.scheduler.KilledWorker, distributed.client.FutureCancelledError):
        raise ClusterError("a worker ended during a run, twice; look at its log: it may have had too little memory or time") from None


def _run_on_worker(encoded: bytes) -> bytes:
    """Run one job where Dask has brought it."""
    worker = _optional("distributed").get_worker()

    def tell(name: str, epoch: int, line: str) -> None:
        worker.log_event(_TOPIC, {"name": name, "epoch": epoch, "line": line})

    return msgspec.msgpack.encode(run_here(msgspec.msgpack.decode(encoded, type=TrainingJob), tell))


def _hear(event: Any, tell: Tell) -> None:
    # An event of another kind is nobody's mistake.
    with suppress(KeyError, TypeError, IndexError):
        _, content = event
        tell(content["name"], content["epoch"], content["line"])
