"""One run of a script as self-contained bytes, and what becomes of it in a sandbox: the same on this machine and on a
cluster's node.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import msgspec

from sheetgrader import extras
from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.graders.failures import StudentError
from sheetgrader.kernels.launcher import Zygote, ZygoteConnection
from sheetgrader.sandbox.limits import Isolation, SandboxLimits
from sheetgrader.sandbox.private_root import gpu_devices
from sheetgrader.sandbox.work_folder import FolderLimits
from sheetgrader.scripts.run import ScriptRun, run_script
from sheetgrader.training.data import ImageData
from sheetgrader.training.evidence.contract import BadMetricsError, Evidence, Metrics, check_run, read_metrics
from sheetgrader.training.evidence.recomputing import SCRIPT, SCRIPT_TEXT, Answers, Recomputed, read_answers, recompute
from sheetgrader.training.outcomes import CheckResult, RunResult, Surroundings
from sheetgrader.training.plan import RunPlan

#: Where a script finds its data and writes, in its work folder.
DATA: Final = "data"
OUTPUT: Final = "output"
_METRICS: Final = "metrics.json"
_CHECKPOINT: Final = "model.pt"

#: What a script may write beside its data.
_OUTPUT_BYTES: Final = 256 << 20
#: Opening a checkpoint takes no training.
_OPENING_SECONDS: Final = 300.0
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
    checks: tuple[CheckResult, ...]


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
    true = ImageData.from_files(job.plan.data, job.images) if job.images else None
    recomputes = job.plan.recompute_accuracies and true is not None
    given = true.with_false_test_labels(job.plan.seed) if true is not None and recomputes else true
    data = {
        f"{DATA}/{path}": content for path, content in (given.files() if given is not None else job.data_files).items()
    }
    command = [job.plan.script, *job.plan.arguments, *_options(job)]
    run = _run(
        job,
        connection,
        command,
        {**job.files, **data},
        job.seconds,
        is_watched=True,
        tell=_Progress(job.plan.name, tell),
    )
    try:
        run.check()
        metrics, checkpoint = read_metrics(run.file(_METRICS)), run.file(_CHECKPOINT)
    except (StudentError, BadMetricsError) as problem:
        return _failed(job, run, str(problem).rstrip("."))
    # In a process of its own, which has not seen any training.
    files = {**job.files, **data, _CHECKPOINT: checkpoint, SCRIPT: SCRIPT_TEXT}
    command = [SCRIPT, OUTPUT, _CHECKPOINT, job.plan.script, DATA if recomputes else "", str(job.plan.seed)]
    opening = _run(job, connection, command, files, _OPENING_SECONDS)
    answers = (
        read_answers(opening.output.files)
        if opening.finished
        else Answers(f"model.pt could not be opened: {opening.reason}".rstrip("."))
    )
    recomputed = None
    if given is not None and true is not None and recomputes and not answers.problem:
        try:
            recomputed = recompute(answers, true, given)
        except ValueError as error:
            answers = Answers(f"the accuracies could not be computed: {error}", answers.shapes)
    examples = recomputed.counts["train"] if recomputed else 0 if true is None else len(true.train_labels)
    evidence = Evidence(job.plan, job.epochs, job.device, run, metrics, answers, recomputed, examples)
    return JobResult(run=_result(job, run, metrics, recomputed), checks=(_ended(job, ""), *check_run(evidence)))


def _options(job: TrainingJob) -> list[str]:
    options = {"data": DATA, "epochs": job.epochs, "seed": job.plan.seed, "device": job.device, "output": OUTPUT}
    return [word for name, value in options.items() for word in (f"--{name}", str(value))]


def _run(
    job: TrainingJob,
    connection: ZygoteConnection,
    command: list[str],
    files: Mapping[str, bytes],
    seconds: float,
    *,
    is_watched: bool = False,
    tell: Callable[[str], None] | None = None,
) -> ScriptRun:
    room = sum(map(len, files.values())) + _OUTPUT_BYTES
    limits = SandboxLimits(
        memory_bytes=job.memory_bytes,
        disk_bytes=room,
        file_bytes=_OUTPUT_BYTES,
        cpu_seconds=int(seconds * job.threads) + 60,
        torch_threads=job.threads,
    )
    return run_script(
        connection,
        command,
        files=files,
        limits=limits,
        seconds=seconds,
        output=OUTPUT,
        output_limits=FolderLimits(total_bytes=_OUTPUT_BYTES),
        is_watched=is_watched,
        tell=tell,
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


def _failed(job: TrainingJob, run: ScriptRun, problem: str) -> JobResult:
    result = _result(job, run, None, None)
    return JobResult(run=msgspec.structs.replace(result, problem=problem), checks=(_ended(job, problem),))


def _ended(job: TrainingJob, problem: str) -> CheckResult:
    says = f"{job.plan.script} runs to its end and writes metrics.json and model.pt"
    return CheckResult(says=says, holds=not problem, message=f"{problem or 'it does'}.", run=job.plan.name)


def _result(job: TrainingJob, run: ScriptRun, metrics: Metrics | None, recomputed: Recomputed | None) -> RunResult:
    record = run.record
    numbers = dict(metrics.numbers) if metrics else {}
    if recomputed:
        # What a script reports of the test set rests on false labels.
        numbers |= {f"{part}_accuracy": value for part, value in recomputed.accuracies.items()} | {
            "best_constant_accuracy": recomputed.best_constant
        }
    return RunResult(
        name=job.plan.name,
        script=job.plan.script,
        arguments=job.plan.arguments,
        epochs=job.epochs,
        seed=job.plan.seed,
        seconds=run.seconds,
        peak_memory_bytes=run.peak_memory_bytes,
        peak_gpu_memory_bytes=record.gpu_bytes if record else 0,
        surroundings=Surroundings(
            device=job.device, gpu=record.gpu if record else "", threads=job.threads, versions=_versions()
        ),
        metrics=numbers,
        curves=dict(metrics.curves) if metrics else {},
    )


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for library in _LIBRARIES:
        with suppress(PackageNotFoundError):
            found[library] = version(library)
    return found
