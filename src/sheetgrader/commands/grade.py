"""``sheetgrader grade``: a class's submissions into points."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sheetgrader.commands.choosing import chosen_groups, number_of_workers
from sheetgrader.commands.output import INTERRUPTED, Output
from sheetgrader.commands.zygotes import WarmStart
from sheetgrader.sandbox.limits import Isolation


def grade(
    folder: Path,
    name: str,
    output: Output,
    *,
    groups: Sequence[str],
    workers: int,
    force: bool,
    dry_run: bool,
    isolation: Isolation | None,
    verbose: bool,
) -> int:
    """Grade what was handed in of a sheet, and return the exit code.

    Raises:
        SheetgraderError: the course, the sheet, the gradebook or the machine is not fit for it.
    """
    with WarmStart(isolation) as warm:
        with output.waiting("Reading the course"):
            # These import nbgrader, which takes as long as the zygote takes to start.
            from sheetgrader.commands.class_grading import GradeOptions, grade_class
            from sheetgrader.commands.summary import tell
            from sheetgrader.course.directory import Course

            course = Course.load(folder)
            sheet = course.sheet(name)
            zygote = warm.fitted(course)
            chosen = chosen_groups(
                groups,
                sheet.submissions(),
                where=f"{course.coursedir.submitted_directory}/ for {name}",
                nobody=f"nobody has handed in {name}: put each group's files into {sheet.submitted_folder('GROUP')}",
            )
        number = min(number_of_workers(workers, course.settings.workers), len(chosen))
        report = grade_class(sheet, chosen, zygote, GradeOptions(number, force=force, dry_run=dry_run), output)
    tell(report, output, results_folder=f"{course.reports_folder / name}", verbose=verbose)
    output.document(report)
    if report.interrupted:
        kept = len(report.having("graded"))
        output.warn(
            f"Interrupted: {kept} graded now {'is' if kept == 1 else 'are'} kept; the same command again goes on with"
            " the rest."
        )
        return INTERRUPTED
    return 1 if any(group.needs_attention for group in report.groups) else 0
