"""``sheetgrader feedback``: one page a group, to hand back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sheetgrader.commands.output import Output
from sheetgrader.execution.choosing import chosen_groups
from sheetgrader.report.words import counted, listed, number

if TYPE_CHECKING:
    from sheetgrader.course.directory import Sheet
    from sheetgrader.report.feedback import FeedbackReport
    from sheetgrader.store.final_scores import FinalScore


def feedback(folder: Path, name: str, output: Output, *, groups: Sequence[str]) -> int:
    """Write the pages of a sheet, and return the exit code.

    Raises:
        SheetgraderError: the course, the sheet or the gradebook cannot be read, or a page cannot be written.
    """
    with output.waiting("Reading the gradebook"):
        # These import nbgrader.
        from sheetgrader.course.directory import Course
        from sheetgrader.store.final_scores import read_final_scores

        sheet = Course.load(folder).sheet(name)
        scores = read_final_scores(sheet)
        chosen = chosen_groups(
            groups,
            list(scores),
            where=f"the gradebook for {name}",
            nobody=f"nothing of {name} is graded; run: sheetgrader grade {name}",
        )
    report = write_pages(sheet, [scores[group] for group in chosen], output)
    output.document(report)
    tell_feedback(sheet, report, output)
    return 1 if any(page.left_out for page in report.pages) else 0


def write_pages(sheet: Sheet, scores: Sequence[FinalScore], output: Output) -> FeedbackReport:
    """Write a page for each of ``scores``.

    Raises:
        SheetgraderError: one cannot be written, or no page can be made at all.
    """
    from sheetgrader.report.feedback import MAKER, FeedbackReport, FeedbackWriter
    from sheetgrader.report.page_process import PageProcess
    from sheetgrader.store.standings import read_standings

    standings = read_standings(sheet, [score.group for score in scores])
    pages = []
    with PageProcess(MAKER) as process, output.progress("Writing pages", len(scores)) as step:
        writer = FeedbackWriter(sheet, process)
        for score in scores:
            pages.append(writer.write(score, standings[score.group]))
            step()
    return FeedbackReport(sheet=sheet.name, pages=tuple(pages))


def tell_feedback(sheet: Sheet, report: FeedbackReport, output: Output) -> None:
    """Write for people which pages there are."""
    pages = report.pages
    where = pages[0].path if len(pages) == 1 else str(sheet.feedback_folder("GROUP") / f"{sheet.name}.html")
    output.say(f"{counted(len(pages), 'page')} written: {where}", "bold")
    unmarked = [page for page in pages if page.unmarked_points]
    if unmarked:
        most = number(max(page.unmarked_points for page in unmarked))
        output.say(
            f"{len(unmarked)} of them {'waits' if len(unmarked) == 1 else 'wait'} for a tutor's marks, up to {most}"
            f" points each: mark with sheetgrader mark {sheet.name}, then run this again."
        )
    if earlier := [page.group for page in pages if page.earlier_marks]:
        output.say(
            f"{len(earlier)} of them show marks that were given to an earlier answer: {listed(earlier)}; look at them"
            " in nbgrader's formgrader, or confirm them with sheetgrader settle SHEET GROUP --looked-at.",
            "yellow",
        )
    for page in pages:
        if page.left_out:
            output.warn(
                f"{page.group}: its page shows points, results and comments only, because {page.left_out}; look at what"
                " it handed in."
            )
