"""``sheetgrader compare``: what would have other points with sheetgrader than in a gradebook, and why."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sheetgrader.commands.output import UNPROTECTED, Output
from sheetgrader.execution.choosing import groups_that_handed_in, number_of_workers
from sheetgrader.execution.warm_start import WarmStart
from sheetgrader.sandbox.limits import Isolation

if TYPE_CHECKING:
    # Importing it takes time, and the zygote is to start before that.
    from sheetgrader.execution.comparing import CompareReport


def compare(
    folder: Path,
    name: str,
    gradebook: Path,
    output: Output,
    *,
    groups: Sequence[str],
    workers: int,
    isolation: Isolation | None,
) -> int:
    """Grade what was handed in of a sheet beside the scores in a gradebook, and return the exit code.

    Raises:
        SheetgraderError: the course, the sheet, the gradebook or the machine is not fit for it.
    """
    # The course's own modules are imported, and nothing is written beside them.
    sys.dont_write_bytecode = True
    with WarmStart(isolation) as warm:
        with output.waiting("Reading the course"):
            # These import nbgrader, which takes as long as the zygote takes to start.
            from sheetgrader.course.directory import Course
            from sheetgrader.execution import comparing

            course = Course.load(folder)
            sheet = course.sheet(name)
            zygote = warm.fitted(course, sheet)
            chosen = groups_that_handed_in(sheet, groups)
            earlier = comparing.read_earlier(sheet, gradebook)
        number = min(number_of_workers(workers, course.settings.workers), len(chosen))
        with output.progress("Comparing", sum(group in earlier.scores for group in chosen)) as step:
            report = comparing.compare(sheet, earlier, chosen, zygote, number, step)
    _tell(report, output)
    output.document(report)
    return 1 if report.differences or report.not_graded else 0


def _tell(report: CompareReport, output: Output) -> None:
    if report.isolation == Isolation.PROCESS.value:
        output.warn(UNPROTECTED)
    cells, found = report.cells, len(report.differences)
    output.say(
        f"{report.sheet}: {_counted(report.groups, 'group')} graded beside {report.gradebook}:"
        f" {_counted(cells - found, 'cell')} of {cells} {'has' if cells - found == 1 else 'have'} the same points."
    )
    if report.differences:
        output.table(
            ["group", "cell", "then", "now", "of", "why"],
            [
                (
                    each.group,
                    f"{each.notebook}: {each.grade_id}",
                    _points(each.then),
                    _points(each.now),
                    f"{each.max_points:g}",
                    each.reason,
                )
                for each in report.differences
            ],
            numbers=(2, 3, 4),
        )
    for group, reason in report.not_graded.items():
        output.say(f"{group} cannot be graded now: {reason}")
    if report.without_submission:
        output.say(f"With a score and nothing handed in here: {_listed(report.without_submission)}.")
    if report.without_score:
        output.say(f"Handed in and without a score then: {_listed(report.without_score)}.")
    output.say("Nothing was written, neither to the course nor to the gradebook.")


def _points(points: float | None) -> str:
    return "person" if points is None else f"{points:g}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _listed(groups: Sequence[str]) -> str:
    more = len(groups) - 20
    return ", ".join(groups[:20]) + (f" and {more} more" if more > 0 else "")
