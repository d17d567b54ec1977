"""``sheetgrader train``: runs a sheet's training and holds it against what it must reach."""

from __future__ import annotations

from pathlib import Path

from sheetgrader.commands.output import UNPROTECTED, Output
from sheetgrader.course.directory import Course, Sheet
from sheetgrader.course.staging import write_file
from sheetgrader.errors import SheetgraderError
from sheetgrader.execution.sheet_training import SheetTraining
from sheetgrader.report.words import counted
from sheetgrader.results import encode_json
from sheetgrader.sandbox.limits import Isolation
from sheetgrader.training.curves import draw_curves
from sheetgrader.training.kept import UNFINISHED, training_folder
from sheetgrader.training.outcomes import TrainingReport
from sheetgrader.training.plan import Budget


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
        training = SheetTraining(course, name, runner=runner, device=device, data=data, budget=budget, group=group)
    sheet = training.sheet
    try:
        with output.progress("Training, epochs", training.epochs) as step:
            training.run(step)
    except (SheetgraderError, KeyboardInterrupt):
        if training.runs_done:
            what = f"What {training.runs_done} of {counted(len(training.jobs), 'run')} came to"
            _keep(sheet, training.report(), what, output, UNFINISHED)
        raise
    whole = training.report()
    _tell(whole, output)
    if whole.isolation == "process":
        output.warn(UNPROTECTED)
    is_kept = _keep(sheet, whole, "All of it", output)
    output.document(whole)
    return 0 if whole.passed and is_kept else 1


def _keep(sheet: Sheet, report: TrainingReport, what: str, output: Output, suffix: str = "") -> bool:
    """Write the report and the curves into the sheet's folder and tell where they are; return whether that could be
    done.
    """
    stem = f"{report.group or 'reference'}-{report.budget.value}-{report.device}{suffix}"
    path = training_folder(sheet) / f"{stem}.json"
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
