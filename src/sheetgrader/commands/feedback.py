"""``sheetgrader feedback``: one page a group, to hand back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sheetgrader.boundary.plain_text import number
from sheetgrader.commands.choosing import chosen_groups
from sheetgrader.commands.output import Output, counted

if TYPE_CHECKING:
    from sheetgrader.course.directory import Sheet
    from sheetgrader.store.final_scores import FinalScore


class FeedbackPages(msgspec.Struct, frozen=True, kw_only=True):
    """What ``feedback`` did."""

    sheet: str
    pages: tuple[FeedbackPageReport, ...]


class FeedbackPageReport(msgspec.Struct, frozen=True, kw_only=True):
    """One page."""

    group: str
    path: str
    points: float
    max_points: float
    #: Points of answers that a tutor has still to mark.
    unmarked_points: float


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
    pages = write_pages(sheet, [scores[group] for group in chosen], output)
    output.document(FeedbackPages(sheet=name, pages=pages))
    tell_feedback(sheet, pages, output)
    return 0


def write_pages(sheet: Sheet, scores: Sequence[FinalScore], output: Output) -> tuple[FeedbackPageReport, ...]:
    """Write a page for each of ``scores``.

    Raises:
        SheetgraderError: one cannot be written.
    """
    from sheetgrader.report.feedback import write_page

    pages = []
    with output.progress("Writing pages", len(scores)) as step:
        for score in scores:
            written = write_page(sheet, score)
            pages.append(
                FeedbackPageReport(
                    group=written.group,
                    path=str(written.path),
                    points=written.points,
                    max_points=written.max_points,
                    unmarked_points=written.unmarked_points,
                )
            )
            step()
    return tuple(pages)


def tell_feedback(sheet: Sheet, pages: Sequence[FeedbackPageReport], output: Output) -> None:
    """Write for people which pages there are."""
    where = pages[0].path if len(pages) == 1 else str(sheet.feedback_folder("GROUP") / f"{sheet.name}.html")
    output.say(f"{counted(len(pages), 'page')} written: {where}", "bold")
    unmarked = [page for page in pages if page.unmarked_points]
    if unmarked:
        most = number(max(page.unmarked_points for page in unmarked))
        output.say(
            f"{len(unmarked)} of them wait for a tutor's marks, up to {most} points each: mark in nbgrader's"
            " formgrader, then run this again."
        )
