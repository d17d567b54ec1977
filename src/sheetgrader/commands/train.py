"""``sheetgrader train``: runs a sheet's training and holds it against what it must reach."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from sheetgrader.commands.choosing import chosen_groups
from sheetgrader.commands.output import UNPROTECTED, Output, counted
from sheetgrader.course.directory import Course, Sheet
from sheetgrader.course.staging import write_file
from sheetgrader.errors import SheetgraderError, UsageError
from sheetgrader.results import encode_json
from sheetgrader.runners import local
from sheetgrader.sandbox.limits import Isolation
from sheetgrader.sandbox.private_root import gpu_devices
from sheetgrader.training.curves import draw_curves
from sheetgrader.training.download import available_data
from sheetgrader.training.job import JobResult, Tell, TrainingJob
from sheetgrader.training.judging import judge
from sheetgrader.training.outcomes import CheckResult, TrainingReport
from sheetgrader.training.plan import Budget
from sheetgrader.training.settings import LocalRunner, Runner, Training
from sheetgrader.training.work import make_jobs, plan_of


def train(
    folder: Path,
    name: str,
    output: Output,
    *,
    runner: str,
    device: str,
    data: Path | None,
    budget: Budget,
    group: str,
    isolation: Isolation | None,
) -> int:
    """Run the training of a sheet and return the exit code: 0 where all that must hold does.

    Raises:
        SheetgraderError: the course, the data, the runner or the machine is not fit for it.
    """
    with output.waiting("Reading the course and its data"):
        course = Course.load(folder)
        if isolation is not None:
            course.settings.isolation = isolation.value
        settings = Training.read(course.config)
        runner_name, chosen = settings.find(runner)
        _check_device(device, chosen)
        sheet = course.sheet(name)
        plan = plan_of(sheet)
        if group:
            where = f"{course.coursedir.submitted_directory}/ for {name}"
            chosen_groups(
                [group],
                sheet.submissions(),
                where=where,
                nobody=f"nobody has handed in {name}: put each group's files into {sheet.submitted_folder('GROUP')}",
            )
        images = available_data(plan, data or course.root / settings.data, is_named=data is not None)
        jobs = make_jobs(sheet, plan, settings, images, budget=budget, device=device, group=group)
    facts = tuple(each.facts for each in images.values())

    def report(results: Sequence[JobResult], comparisons: Sequence[CheckResult] = ()) -> TrainingReport:
        return TrainingReport(
            sheet=name,
            group=group,
            runner=runner_name,
            device=device,
            budget=budget,
            data=facts,
            runs=tuple(result.run for result in results),
            checks=(*(check for result in results for check in result.checks), *comparisons),
            isolation=course.settings.isolation,
        )

    results: dict[str, JobResult] = {}
    try:
        _run(jobs, chosen, output, results)
    except (SheetgraderError, KeyboardInterrupt):
        if results:
            _keep(
                sheet,
                report(list(results.values())),
                f"What {len(results)} of {counted(len(jobs), 'run')} came to",
                output,
                "-unfinished",
            )
        raise
    in_order = [results[job.plan.name] for job in jobs]
    whole = report(in_order, judge(plan, budget, facts, [result.run for result in in_order]))
    _tell(whole, output)
    if whole.isolation == "process":
        output.warn(UNPROTECTED)
    is_kept = _keep(sheet, whole, "All of it", output)
    output.document(whole)
    return 0 if whole.passed and is_kept else 1


def _check_device(device: str, runner: Runner) -> None:
    if device == "cuda" and isinstance(runner, LocalRunner) and not gpu_devices():
        raise UsageError(
            "--device cuda: this machine has no NVIDIA GPU (no /dev/nvidia…); train with --device cpu, or name a runner"
            " that has one"
        )


def _run(jobs: Sequence[TrainingJob], runner: Runner, output: Output, results: dict[str, JobResult]) -> None:
    """Run all jobs, showing their epochs, and put each result into ``results`` under its run's name as soon as it is
    there.
    """
    epochs = {job.plan.name: job.epochs for job in jobs}
    seen: dict[str, int] = {}
    lock = threading.Lock()
    with output.progress("Training, epochs", sum(epochs.values())) as step:

        def tell(name: str, epoch: int, _: str) -> None:
            with lock:
                # A script may print an epoch twice, or none at all.
                for _epoch in range(seen.get(name, 0), min(epoch, epochs[name])):
                    step()
                seen[name] = max(seen.get(name, 0), epoch)

        for result in _results(jobs, runner, tell):
            results[result.run.name] = result
            tell(result.run.name, epochs[result.run.name], "")


def _results(jobs: Sequence[TrainingJob], runner: Runner, tell: Tell) -> Iterator[JobResult]:
    if isinstance(runner, LocalRunner):
        return local.run_all(jobs, tell, workers=runner.workers)
    # Dask is there only where the extra `cluster` is installed.
    from sheetgrader.runners import cluster

    return cluster.run_all(jobs, runner, tell)


def _keep(sheet: Sheet, report: TrainingReport, what: str, output: Output, suffix: str = "") -> bool:
    """Write the report and the curves into the sheet's folder and tell where they are; return whether that could be
    done.
    """
    stem = f"{report.group or 'reference'}-{report.budget.value}-{report.device}{suffix}"
    path = sheet.course.reports_folder / sheet.name / "training" / f"{stem}.json"
    picture = draw_curves(
        report.runs,
        f"{sheet.name}, {report.group or 'reference solution'}, {report.budget.value} budget on {report.device}",
    )
    try:
        write_file(path, encode_json(report))
        if picture is not None:
            write_file(path.with_suffix(".png"), picture)
    except OSError as error:
        output.warn(
            f"{path} cannot be written: {error.strerror}; make room or mend its permissions, then run the command again"
        )
        return False
    output.say(f"{what} is in {path}.")
    return True


def _tell(report: TrainingReport, output: Output) -> None:
    rows = [
        (
            run.name,
            "failed" if run.problem else f"{run.epochs}",
            f"{run.seconds:.1f}",
            f"{run.peak_memory_bytes / (1 << 20):,.0f}",
            ", ".join(f"{name} {value:.4g}" for name, value in run.metrics.items() if name != "epochs"),
        )
        for run in report.runs
    ]
    output.table(("run", "epochs", "seconds", "MiB", "reached"), rows, numbers=(1, 2, 3))
    wrong = [check for check in report.checks if check.holds is False]
    if wrong:
        output.table(
            ("must hold and does not", "because"),
            [(f"{check.run}: {check.says}".removeprefix(": "), check.message) for check in wrong],
        )
    for facts in report.data:
        output.say(
            f"{facts.name}: {facts.train:,} training and {facts.test:,} test images ({facts.size.value} data set)."
        )
    judged = len(report.checks) - len(report.left_out)
    output.say(
        f"{judged - len(wrong)} of {counted(judged, 'check')} hold.", "bold green" if report.passed else "bold red"
    )
    for message in dict.fromkeys(check.message for check in report.left_out):
        about = [check.says for check in report.left_out if check.message == message]
        output.say(f"{message.removesuffix('.').capitalize()}: {'; '.join(about)}.")
