"""``sheetgrader release``: the instructor's notebook into the students' skeleton."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sheetgrader.commands.output import UNPROTECTED, Output
from sheetgrader.execution.warm_start import WarmStart
from sheetgrader.report.words import counted
from sheetgrader.sandbox.limits import Isolation

if TYPE_CHECKING:
    # Importing these takes time, and the zygote is to start before that.
    from sheetgrader.course.directory import Sheet
    from sheetgrader.release.release import ReleaseReport


def release(folder: Path, name: str, output: Output, *, isolation: Isolation | None) -> int:
    """Release a sheet, and return the exit code.

    Raises:
        SheetgraderError: the course or the sheet cannot be read, or the machine is not fit for grading the reference
            solution.
    """
    with WarmStart(isolation) as warm, output.waiting(f"Releasing {name}"):
        from sheetgrader.execution.local import warm_up

        warm_up()
        from sheetgrader.course.directory import Course
        from sheetgrader.execution.releasing import checked_release

        course = Course.load(folder)
        sheet = course.sheet(name)
        report = checked_release(sheet, warm.fitted(course, sheet))
    output.document(report)
    tell_release(sheet, report, output)
    if course.settings.isolation == "process":
        output.warn(UNPROTECTED)
    return 0 if report.released else 1


def tell_release(sheet: Sheet, report: ReleaseReport, output: Output) -> None:
    """Write for people what came of a release."""
    for remark in report.remarks:
        output.say(remark, "yellow")
    if not report.released:
        output.say(f"{sheet.name} is not released; what is in {sheet.release_folder} stays as it is:", "bold")
        for problem in report.problems:
            output.say(f"  • {problem}")
        return
    output.say(f"{sheet.name} is released: {counted(len(report.files), 'file')} in {report.folder}", "bold")
    graded = "Reference solution and empty skeleton were not graded this time"
    if report.reference is not None:
        graded = "The reference solution gets all that graders decide on, the empty skeleton none"
    output.say(
        f"{report.max_points:g} points, {report.automatic_points:g} of them for tests. {graded}, and no solution or"
        " hidden test is in it."
    )
