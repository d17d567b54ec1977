"""Feedback for students: one page a group, from the gradebook, the kept results and the graded notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

import msgspec
import nbformat

from sheetgrader.course.directory import Sheet
from sheetgrader.course.regions import CourseDelimiters
from sheetgrader.course.staging import write_file
from sheetgrader.errors import SheetgraderError
from sheetgrader.marking.rubric_file import read_rubrics
from sheetgrader.marking.rubrics import Rubric
from sheetgrader.report.exchange import files_for_exchange
from sheetgrader.report.feedback_page import FeedbackContent, NotebookContent, plain_page, total
from sheetgrader.report.given_marks import Given, current_mark, given_by
from sheetgrader.report.notebooks import graded_notebook, instructors, read_source_notebooks, released_answers
from sheetgrader.report.page_process import PageError, PageProcess
from sheetgrader.report.pages import render
from sheetgrader.report.questions import Mark, questions
from sheetgrader.results import CellResult, SubmissionResult
from sheetgrader.store.decisions import AnyDecision, SettlementKind, read_decisions
from sheetgrader.store.facts import State
from sheetgrader.store.final_scores import FinalCell, FinalScore
from sheetgrader.store.kept_results import read_result
from sheetgrader.store.objections import exchanges
from sheetgrader.store.open_matters import Action
from sheetgrader.store.standing import GroupStanding

#: The module whose pages these are.
MAKER: Final = "sheetgrader.report.feedback_page"

#: What a group reads of what was decided about it; why is between it and its tutors.
_SETTLED: Final = {
    SettlementKind.ZERO: "It was decided that this submission gets no points. Ask your tutor about it.",
    SettlementKind.EXCUSED: "You are excused from this sheet: its points do not count for you.",
    SettlementKind.AWAITING: "Please hand this sheet in again; until then it is not counted.",
}

_HANDED_IN_AGAIN: Final = (
    "You have handed in again since this was graded: this page is about what you had handed in before."
)


class WrittenPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page that is ready to be handed back."""

    group: str
    path: str
    points: float
    max_points: float
    #: Points of answers that a tutor has still to mark.
    unmarked_points: float
    #: Marks that were given to an earlier answer, or beside another verdict.
    earlier_marks: int = 0
    #: Why nothing that the group handed in is on it, as the end of a sentence; empty where it is.
    left_out: str = ""


class FeedbackReport(msgspec.Struct, frozen=True, kw_only=True):
    """What writing a sheet's pages did."""

    sheet: str
    pages: tuple[WrittenPage, ...]


class FeedbackWriter:
    """Writes the pages of one sheet to ``feedback/<group>/<sheet>/<sheet>.html``, and what nbgrader's exchange needs to
    hand them out.
    """

    def __init__(self, sheet: Sheet, process: PageProcess) -> None:
        """Read what all pages have in common.

        Args:
            sheet: whose pages to write.
            process: makes pages by :data:`MAKER`.
        """
        self._sheet = sheet
        self._process = process
        self._outlines = read_source_notebooks(sheet)
        self._released = released_answers(sheet)
        delimiters = CourseDelimiters.of(sheet.course.config)
        self._delimiters = tuple((kind.begin, kind.end) for kind in (delimiters.hidden_tests, delimiters.mark_scheme))
        process.warm(msgspec.msgpack.encode(self._example()))

    def write(self, score: FinalScore, standing: GroupStanding) -> WrittenPage:
        """Write the page of one group, from its scores and from where it stands.

        What cannot be shown within the limits of a page costs the group its answers on it: points, results and
        comments are there all the same.

        Raises:
            SheetgraderError: it cannot be written, or no page can be made at all.
        """
        content = self._content(score, standing)
        left_out = ""
        try:
            page = self._process.make(msgspec.msgpack.encode(content))
        except PageError as error:
            left_out = str(error)
            page = render(plain_page(content, self._outlines, left_out)).encode("utf-8")
        folder = self._sheet.feedback_folder(score.group)
        path = folder / f"{self._sheet.name}.html"
        names = [notebook.name for notebook in content.notebooks]
        try:
            for name, beside in files_for_exchange(self._sheet, score.group, names, page).items():
                write_file(folder / name, beside)
            write_file(path, page)
        except OSError as error:
            raise SheetgraderError(
                f"{error.filename or path} cannot be written: {error.strerror}; then run the command again"
            ) from None
        points = total(content)
        return WrittenPage(
            group=score.group,
            path=str(path),
            points=points.points,
            max_points=points.max_points,
            unmarked_points=points.unmarked_points,
            earlier_marks=sum(mark.is_earlier for of in content.notebooks for mark in of.marks.values()),
            left_out=left_out,
        )

    def _content(self, score: FinalScore, standing: GroupStanding) -> FeedbackContent:
        result = read_result(self._sheet, score.group) or SubmissionResult(sheet=self._sheet.name, group=score.group)
        folder = self._sheet.autograded_folder(score.group)
        decisions = read_decisions(self._sheet, score.group)
        waiting = standing.open_for(Action.MARK, Action.LOOK_AGAIN, Action.MEND_GRADER)
        places = {(matter.notebook, matter.grade_id) for matter in waiting}
        notebooks = []
        for name in sorted(self._outlines or {cell.notebook for cell in score.cells}):
            marks = {
                cell.grade_id: self._mark(cell, decisions, is_waiting=(name, cell.grade_id) in places)
                for cell in score.cells
                if cell.notebook == name
            }
            comments = {
                comment.grade_id: comment.text
                for comment in score.comments
                if comment.notebook == name and comment.text
            }
            notebooks.append(self._notebook(folder / f"{name}.ipynb", marks, comments))
        return FeedbackContent(
            sheet=self._sheet.name,
            title=self._sheet.regulations.title if self._sheet.regulations else "",
            group=score.group,
            notebooks=tuple(notebooks),
            result=_for_students(result),
            points=standing.points if standing.final is None else standing.final,
            late_penalty=standing.penalty,
            bonus=standing.bonus if standing.settled is None else 0.0,
            cannot_be_graded=standing.state is State.CANNOT_BE_GRADED,
            delimiters=self._delimiters,
            notes=(*result.notes, *([_HANDED_IN_AGAIN] if standing.state is State.HANDED_IN_AGAIN else [])),
            objections=exchanges(decisions),
            settled="" if standing.settled is None else _SETTLED[standing.settled.kind],
        )

    def _notebook(self, path: Path, marks: dict[str, Mark], comments: dict[str, str]) -> NotebookContent:
        outline = self._outlines.get(path.stem)
        content, missing = graded_notebook(path)
        asked = questions(outline or nbformat.v4.new_notebook(), {}, marks)
        bonus = self._sheet.regulations.bonus if self._sheet.regulations else ()
        return NotebookContent(
            name=path.stem,
            content=content,
            missing=missing,
            marks=marks,
            comments=comments,
            instructors=None if outline is None else instructors(outline),
            released={} if outline is None else self._released.get(path.stem, {}),
            bonus=tuple(part.grade_id for question in asked if question.name in bonus for part in question.parts),
        )

    @cached_property
    def _rubrics(self) -> dict[tuple[str, str], Rubric]:
        """What tutors mark by; nobody else needs it."""
        return read_rubrics(self._sheet)

    def _mark(self, cell: FinalCell, decisions: Sequence[AnyDecision], *, is_waiting: bool) -> Mark:
        is_marked = cell.manual_points is not None
        last = current_mark(decisions, cell.notebook, cell.grade_id)
        given = Given() if last is None else given_by(last, cell, self._rubrics.get((cell.notebook, cell.grade_id)))
        return Mark(
            None if cell.is_undecided else cell.points,
            cell.max_points,
            by_tutor=is_marked,
            is_earlier=is_marked and is_waiting,
            is_waiting=is_waiting,
            items=given.items,
            adjustment=given.adjustment,
        )

    def _example(self) -> FeedbackContent:
        """Return a page of the sheet as students get it: its questions stand on every page."""
        skeletons = [self._sheet.release_folder / f"{name}.ipynb" for name in sorted(self._outlines)]
        return FeedbackContent(
            sheet=self._sheet.name,
            title="",
            group="",
            notebooks=tuple(
                NotebookContent(name=path.stem, content=path.read_bytes(), marks={}, comments={})
                for path in skeletons
                if path.is_file()
            ),
            result=SubmissionResult(sheet=self._sheet.name, group=""),
            points=0.0,
        )


def _for_students(result: SubmissionResult) -> SubmissionResult:
    """Return a result without what only instructors may read: it has no business where strangers' content is."""
    return msgspec.structs.replace(result, cells=tuple(map(_cell_for_students, result.cells)))


def _cell_for_students(cell: CellResult) -> CellResult:
    criteria = (msgspec.structs.replace(criterion, detail="", seed=0) for criterion in cell.criteria)
    return msgspec.structs.replace(cell, criteria=tuple(criteria))
