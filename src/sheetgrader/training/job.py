"""One run of a script as self-contained bytes, and what becomes of it in a sandbox: the same on this machine and on a
cluster's node.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import msgspec

from sheetgrader import extras
from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.boundary.trainings import CHECKPOINT
from sheetgrader.graders.failures import StudentError, Wrong
from sheetgrader.grading.checkpoints import read_checkpoint
from sheetgrader.grading.clock import SubmissionClock
from sheetgrader.items import GradingLimits
from sheetgrader.kernels.launcher import Zygote, ZygoteConnection
from sheetgrader.sandbox.limits import Isolation, SandboxLimits
from sheetgrader.sandbox.private_root import gpu_devices
from sheetgrader.sandbox.work_folder import FolderLimits
from sheetgrader.scripts.run import ScriptRun, run_script
from sheetgrader.training.data import ImageData
from sheetgrader.training.evidence.observing import OUTPUT, Evidence
from sheetgrader.training.evidence.reading import Array, metrics_of
from sheetgrader.training.evidence.rules import judge_all
from sheetgrader.training.evidence.verdicts import Verdict
from sheetgrader.training.outcomes import CheckResult, RunResult, Surroundings
from sheetgrader.training.plan import RunPlan

#: What a script may write beside its data, and what the inputs that its network takes may come to.
_OUTPUT_BYTES: Final = 1 << 30
#: Opening a checkpoint and asking a network take no training.
_ASKING_SECONDS: Final = 300.0
#: A line of progress, as a script prints it.
_EPOCH: Final = re.compile(r"\s*epoch\s+(\d{1,9})\b.*", re.IGNORECASE)
_LONGEST_LINE: Final = 200
#: What scripts train with, and what their answers are held against data with; the extra ``ml`` brings them.
_NEEDED: Final = ("torch", "torchvision", "scipy", "matplotlib")
_LIBRARIES: Final = ("torch", "torchvision", "numpy", "lightning", "sheetgrader")

Tell = Callable[[str, int, str], None]


class TrainingJob(msgspec.Struct, frozen=True, kw_only=True):
    """One run with everything it needs; no file system is shared with whoever runs it."""

    plan: RunPlan
    epochs: int
    device: str
    seconds: float
    #: What the false labels follow from: it stays on the trusted side, and tells nothing of the course's secret.
    key: bytes
    #: The script, and files that it may import, by relative path.
    files: dict[str, bytes]
    #: What stands in its data folder where that is no data set of images.
    data_files: dict[str, bytes] = {}
    #: Data set of images, as the four files that torchvision reads; with true labels, which the script does not get to
    #: see.
    images: dict[str, bytes] = {}
    threads: int = 1
    memory_bytes: int = 4 << 30
    isolation: str = "sandbox"


class JobResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to."""

    run: RunResult
    verdicts: tuple[Verdict, ...]

    @property
    def checks(self) -> tuple[CheckResult, ...]:
        """The verdicts as checks of this run; of those that fail for the same reason the first."""
        told: dict[str, Verdict] = {}
        for verdict in self.verdicts:
            told.setdefault(verdict.name if verdict.holds else verdict.sentence, verdict)
        return tuple(
            CheckResult(says=verdict.says, holds=verdict.holds, message=verdict.sentence, run=self.run.name)
            for verdict in told.values()
        )


def require_libraries() -> None:
    """Make sure that trainings can be run and judged here.

    Raises:
        UsageError: the extra ``ml`` is not installed.
    """
    extras.require("ml", *_NEEDED, needed_by="sheetgrader train")


def start_zygote(job: TrainingJob) -> Zygote:
    """Start a zygote whose sandboxes can run ``job`` and others for the same device.

    Raises:
        IsolationError: it cannot be started.
        UsageError: the extra ``ml`` is not installed.
    """
    require_libraries()
    devices = gpu_devices() if job.device == "cuda" else ()
    return Zygote.start(isolation=Isolation(job.isolation), devices=devices)


def run_job(job: TrainingJob, connection: ZygoteConnection, tell: Tell) -> JobResult:
    """Run ``job``, open what it saved, and check what every run must keep to.

    Args:
        job: what to run.
        connection: where sandboxes come from.
        tell: is called with the run's name, the epoch and the line for each epoch that the script tells of.

    Raises:
        IsolationError: no sandbox can be had.
    """
    evidence = Evidence(
        plan=job.plan,
        epochs=job.epochs,
        device=job.device,
        sandbox=_JobSandbox(job, connection, _Progress(job.plan.name, tell)),
        true=ImageData.from_files(job.plan.data, job.images) if job.images else None,
        data_files=job.data_files,
        key=job.key,
    )
    verdicts = judge_all(evidence)
    return JobResult(run=_result(job, evidence), verdicts=verdicts)


class _JobSandbox:
    """Runs a job's script on this machine."""

    def __init__(self, job: TrainingJob, connection: ZygoteConnection, tell: Callable[[str], None]) -> None:
        self._job = job
        self._connection = connection
        self._tell = tell

    def run(self, command: Sequence[str], files: Mapping[str, bytes], *, output: str, is_watched: bool) -> ScriptRun:
        everything = {**self._job.files, **files}
        # Asking a script trains nothing; one that never ends is not waited for longer than its training was.
        seconds = self._job.seconds if is_watched else min(self._job.seconds, _ASKING_SECONDS)
        return run_script(
            self._connection,
            command,
            files=everything,
            limits=self._limits(everything, seconds),
            seconds=seconds,
            output=output,
            output_limits=FolderLimits(total_bytes=_OUTPUT_BYTES),
            is_watched=is_watched,
            # The others are over soon.
            tell=self._tell if output == OUTPUT else None,
        )

    def weights(self, checkpoint: bytes) -> Mapping[str, Array]:
        return read_checkpoint(
            self._connection,
            checkpoint,
            sandbox=self._limits({CHECKPOINT: checkpoint}, _ASKING_SECONDS),
            limits=GradingLimits(value_bytes=_OUTPUT_BYTES),
            clock=SubmissionClock(_ASKING_SECONDS),
            seconds=_ASKING_SECONDS,
        )

    def _limits(self, files: Mapping[str, bytes], seconds: float) -> SandboxLimits:
        return SandboxLimits(
            memory_bytes=self._job.memory_bytes,
            disk_bytes=sum(map(len, files.values())) + _OUTPUT_BYTES,
            file_bytes=_OUTPUT_BYTES,
            cpu_seconds=int(seconds * self._job.threads) + 60,
            torch_threads=self._job.threads,
        )


class _Progress:
    """Finds the lines about epochs in what a script prints, piece by piece."""

    def __init__(self, name: str, tell: Tell) -> None:
        self._name = name
        self._tell = tell
        self._rest = ""

    def __call__(self, piece: str) -> None:
        *lines, rest = (self._rest + piece).split("\n")
        self._rest = rest[-_LONGEST_LINE:]
        for line in lines:
            match = _EPOCH.fullmatch(line[:_LONGEST_LINE])
            if match:
                self._tell(self._name, int(match[1]), plain_text(line[:_LONGEST_LINE].strip()))


def _result(job: TrainingJob, evidence: Evidence) -> RunResult:
    run, problem = evidence.long, ""
    numbers: dict[str, float] = {}
    curves: dict[str, tuple[float, ...]] = {}
    try:
        run.check()
        reported = metrics_of(run)
        numbers, curves = dict(reported.numbers), dict(reported.curves)
        run.file(CHECKPOINT)
    except (StudentError, Wrong) as error:
        problem = str(error)
    if job.plan.recompute_accuracies:
        # What a script reports of the test set rests on false labels.
        with suppress(StudentError, Wrong):
            numbers |= {f"{part}_accuracy": value for part, value in evidence.accuracies.items()}
            numbers["test_accuracy"], numbers["best_constant_accuracy"] = evidence.true_accuracies
    record = run.record
    return RunResult(
        name=job.plan.name,
        script=job.plan.script,
        arguments=job.plan.arguments,
        problem=problem,
        epochs=job.epochs,
        seed=job.plan.seed,
        seconds=run.seconds,
        peak_memory_bytes=run.peak_memory_bytes,
        peak_gpu_memory_bytes=record.gpu_bytes if record else 0,
        surroundings=Surroundings(
            device=job.device, gpu=record.gpu if record else "", threads=job.threads, versions=_versions()
        ),
        metrics=numbers,
        curves=curves,
    )


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for library in _LIBRARIES:
        with suppress(PackageNotFoundError):
            found[library] = version(library)
    return found
