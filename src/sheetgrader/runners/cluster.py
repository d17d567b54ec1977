"""Runs jobs on a cluster, through Dask: on Slurm's nodes, or wherever a scheduler has workers."""

from __future__ import annotations

import importlib
import logging
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import Any, Final

import msgspec

from sheetgrader import extras
from sheetgrader.errors import SheetgraderError
from sheetgrader.runners.local import run_here
from sheetgrader.training.job import JobResult, Tell, TrainingJob
from sheetgrader.training.settings import DaskRunner, SlurmRunner

#: Epochs travel from workers to this machine under this name.
_TOPIC: Final = "sheetgrader-epochs"
_CONNECT_SECONDS: Final = 30
_IDLE_SECONDS: Final = 60
#: How often a waiting client looks whether there is still something to wait for.
_LOOK_SECONDS: Final = 5
#: How long a scheduler may have no worker that could take a job.
_WORKER_SECONDS: Final = 60.0
#: What these write into the terminal while connections break, this module says in one sentence.
_CHATTY: Final = ("distributed", "tornado", "asyncio")


class ClusterError(SheetgraderError):
    """The cluster cannot be reached, or lost a run."""


def run_all(jobs: Sequence[TrainingJob], runner: SlurmRunner | DaskRunner, tell: Tell) -> Iterator[JobResult]:
    """Run ``jobs`` on a cluster and yield each result as soon as it is there.

    Raises:
        UsageError: the extra ``cluster`` is not installed.
        ClusterError: the cluster cannot be reached, has no worker for the jobs, or lost one.
        SheetgraderError: what a worker raised.
    """
    with ExitStack() as stack:
        client, check = _connect(runner, jobs[0].device, stack)
        client.subscribe_topic(_TOPIC, lambda event: _hear(event, tell))
        resources = {runner.gpu_resource: 1} if isinstance(runner, DaskRunner) and jobs[0].device == "cuda" else None
        yield from _results(client, [msgspec.msgpack.encode(job) for job in jobs], resources, check)


def _connect(runner: SlurmRunner | DaskRunner, device: str, stack: ExitStack) -> tuple[Any, Callable[[], None]]:
    """Return a client, and what raises a ClusterError where there is nothing to wait for any more."""
    distributed = _optional("distributed")
    for name in list(logging.root.manager.loggerDict):
        # Dask gives each of its loggers a level of its own.
        if name.partition(".")[0] in _CHATTY:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        if isinstance(runner, DaskRunner):
            client = stack.enter_context(distributed.Client(runner.address, timeout=_CONNECT_SECONDS))
            return client, _Workers(client, runner.gpu_resource if device == "cuda" else "").check
        cluster = stack.enter_context(_slurm(runner))
        cluster.scale(jobs=runner.jobs)
        # What Slurm refuses is raised here only.
        cluster.sync(_submitted, cluster)
        client = stack.enter_context(distributed.Client(cluster))
        return client, lambda: _check_slurm(client, [job.job_id for job in cluster.workers.values()])
    except FileNotFoundError as error:
        raise ClusterError(
            f"there is no program {error.filename} here; submit from a machine that has Slurm's"
        ) from None
    except (OSError, ValueError, RuntimeError) as error:
        # Of a command that failed, only what it complained of.
        reason = " ".join(str(error).rpartition("stderr:")[2].split())
        raise ClusterError(f"the cluster cannot be reached ({reason}); see the runner in nbgrader_config.py") from None


def _optional(name: str) -> Any:
    """Return a module of the extra ``cluster``."""
    extras.require("cluster", name, needed_by="a runner of the kind slurm or dask")
    return importlib.import_module(name)


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


async def _submitted(cluster: Any) -> None:
    await cluster
    # Waiting for all of them swallows what one of them raised.
    for job in cluster.workers.values():
        try:
            await job
        except Exception:
            # Without it the cluster cannot be closed.
            job.status = _optional("distributed").Status.failed
            raise


class _Workers:
    """Looks whether a scheduler has a worker that could take a job."""

    def __init__(self, client: Any, resource: str) -> None:
        self._client = client
        self._resource = resource
        self._seen = time.monotonic()

    def check(self) -> None:
        """Raise a ClusterError where there has been none for a while."""
        workers = _workers(self._client)
        if any(not self._resource or worker.get("resources", {}).get(self._resource) for worker in workers):
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > _WORKER_SECONDS:
            wanted = (
                f'no worker with a GPU: start one with --resources "{self._resource}=1"'
                if self._resource
                else "no worker: start one"
            )
            raise ClusterError(f"the scheduler has {wanted}, as docs/gpu-runners.md says, then run the command again")


def _check_slurm(client: Any, jobs: Sequence[str]) -> None:
    """Raise a ClusterError where no worker is there and none can come."""
    if _workers(client):
        return
    command = ["squeue", "--noheader", "--format=%i", f"--jobs={','.join(jobs)}"]
    # The numbers are Slurm's own.
    queue = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    # Slurm forgets jobs some time after their end; a controller that does not answer has not forgotten them.
    forgotten = queue.returncode != 0 and "Invalid job id" in queue.stderr
    if forgotten or (queue.returncode == 0 and not queue.stdout.strip()):
        raise ClusterError(
            f"Slurm's jobs {', '.join(jobs)} ended before the training did; slurm-{jobs[0]}.out tells why: too little"
            " time or memory, or a node that cannot reach this machine"
        )


def _workers(client: Any) -> list[dict[str, Any]]:
    # A scheduler that has just gone is noticed by whoever waits for a result.
    with suppress(OSError, ValueError):
        return list(client.scheduler_info(n_workers=-1)["workers"].values())
    return []


def _results(
    client: Any, jobs: Sequence[bytes], resources: dict[str, int] | None, check: Callable[[], None]
) -> Iterator[JobResult]:
    distributed = _optional("distributed")
    waiting = set(client.map(_run_on_worker, jobs, resources=resources, pure=False, retries=1))
    try:
        while waiting:
            try:
                done = distributed.wait(waiting, timeout=_LOOK_SECONDS, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                check()
                continue
            for future in done:
                yield msgspec.msgpack.decode(future.result(), type=JobResult)
            waiting -= done
    except distributed.scheduler.KilledWorker:
        raise ClusterError(
            "a worker ended during a run, twice; look at its log: it may have had too little memory or time"
        ) from None
    except (distributed.client.CancelledError, OSError):
        raise ClusterError(
            "the connection to the scheduler was lost; look at its log, then run the command again"
        ) from None


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
