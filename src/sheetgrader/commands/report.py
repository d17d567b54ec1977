"""``sheetgrader report``: pages for tutors and instructors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sheetgrader.commands.output import Output
from sheetgrader.report.words import counted

if TYPE_CHECKING:
    # Importing this takes time.
    from sheetgrader.report.class_report.writing import WrittenReport


def report(folder: Path, name: str, output: Output) -> int:
    """Write the report of a sheet, and return the exit code.

    Raises:
        SheetgraderError: the course, the sheet, the gradebook or what was decided cannot be read, or a page cannot be
            written.
    """
    with output.waiting("Reading the gradebook"):
        # These import nbgrader.
        from sheetgrader.course.directory import Course
        from sheetgrader.report.class_report.facts import ClassFacts
        from sheetgrader.report.class_report.writing import write_report

        facts = ClassFacts(Course.load(folder).sheet(name))
    with output.progress("Writing pages", len(facts.standings)) as step:
        written = write_report(facts, step)
    output.document(written)
    _tell(written, output)
    return 1 if written.left_out or written.trouble else 0


def _tell(written: WrittenReport, output: Output) -> None:
    groups, pages = counted(written.groups, "group"), counted(written.pages, "page")
    output.say(f"The report of {groups} is written, {pages}. Open {written.overview}", "bold")
    for each in written.left_out:
        output.warn(f"{each.group}: its answers are not in the report, because {each.why}; look at what it handed in.")
    if written.trouble:
        output.warn(written.trouble)
    if written.advice:
        output.say(written.advice)
