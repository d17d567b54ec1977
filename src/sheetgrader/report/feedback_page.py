"""What a group's feedback page says, and how it becomes HTML; run where strangers' content is shown, see
:mod:`sheetgrader.report.page_process`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Final

import msgspec
import nbformat
from markupsafe import Markup
from nbformat import NotebookNode

from sheetgrader.boundary.plain_text import plain, shortened
from sheetgrader.course.questions import grade_id, question_of_name
from sheetgrader.grading.cells import ERRORS_OF_STOPPED_CELLS
from sheetgrader.grading.hiding import hide_outputs, without_hidden
from sheetgrader.report.images import get_ready as get_ready
from sheetgrader.report.pages import FeedbackPage, Section, Total, Trouble, comments_on, render, section
from sheetgrader.report.questions import Mark, Question, questions, with_what_is_known, without_promise
from sheetgrader.report.reasons import Failures, Place
from sheetgrader.report.rendering import Renderer, preformatted
from sheetgrader.report.unanswered import unanswered
from sheetgrader.results import CellResult, CellRun, Outcome, SubmissionResult
from sheetgrader.store.objections import Exchange, Line

#: A cell that a note names.
_CELL: Final = re.compile(r"[Tt]he cell (\w+)")
_LIMIT: Final = re.compile(r" \((the limit is [^()]+)\)$")
_FORMATTING: Final = re.compile(r"[$`*]")
#: What is said on a page that could be made only without what the group handed in; then comes why.
_PLAIN: Final = "Your answers and the questions are left out here, because a page with them could not be made"


class NotebookContent(msgspec.Struct, frozen=True, kw_only=True):
    """One notebook of a group, with what people and graders said of it."""

    name: str
    #: As it lies in the course, believed by nobody.
    content: bytes
    marks: dict[str, Mark]
    #: What tutors wrote, by the names of cells.
    comments: dict[str, str]
    #: Why there is nothing to show, as a sentence.
    missing: str = ""
    #: The instructor's cells, by their names: only they hold what students may not read. None where that is not known.
    instructors: tuple[str, ...] | None = None
    #: Cells whose points count on top, by their names.
    bonus: tuple[str, ...] = ()
    #: What stood in the answer cells of the skeleton, by their names.
    released: dict[str, str] = {}


class FeedbackContent(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a group's page is made of."""

    sheet: str
    title: str
    group: str
    notebooks: tuple[NotebookContent, ...]
    #: Without what only instructors may read.
    result: SubmissionResult
    points: float
    late_penalty: float = 0.0
    #: Points of bonus questions, before a penalty.
    bonus: float = 0.0
    #: Nothing in it could be read or run, and nobody has given its points by hand.
    cannot_be_graded: bool = False
    #: Between these, instructors write what students may not read.
    delimiters: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    #: What was decided about the whole submission, as a sentence.
    settled: str = ""
    #: What the group objected to and what was answered, by line.
    objections: dict[str, tuple[Exchange, ...]] = {}


def make(content: bytes) -> bytes:
    """Return the page of an encoded :class:`FeedbackContent`."""
    return render(feedback_page(msgspec.msgpack.decode(content, type=FeedbackContent))).encode("utf-8")


def feedback_page(content: FeedbackContent) -> FeedbackPage:
    """Return what a page says that shows everything."""
    renderer = Renderer()
    sections: list[Section] = []
    notes = list(content.notes)
    for of in content.notebooks:
        notebook = read_graded(of)
        if isinstance(notebook, str):
            notes.append(notebook)
            notebook = nbformat.v4.new_notebook()
        results = {cell.grade_id: cell for cell in content.result.cells if cell.notebook == of.name}
        take_out_secrets(notebook, results, of.instructors, content.delimiters)
        found = _placed(questions(notebook, results, of.marks), of, content)
        places = _places(found, content.notebooks.index(of) + 1)
        failures = Failures(notebook, (run for run in content.result.runs if run.notebook == of.name), places)
        _take_out_repeated(notebook, failures)
        troubles = {position: _trouble(run, position, failures) for position, run in failures.failed.items()}
        anchors = {position: place.anchor for position, place in places.items()}
        if content.cannot_be_graded and all(mark.points is None for mark in of.marks.values()):
            # Of such a notebook there are only the sheet's own cells, for tutors to give points in.
            found = [question for question in found if question.parts]
        for question in with_what_is_known(found, unanswered(notebook, of.released), failures):
            anchor = f"question-{len(sections) + 1}"
            sections.append(section(question, anchor, renderer, of.comments, troubles, anchors))
    return _page(content, sections, notes)


def plain_page(content: FeedbackContent, outlines: Mapping[str, NotebookNode | None], reason: str) -> FeedbackPage:
    """Return what a page says on which nothing stands that the group handed in: points, results and comments, as plain
    text.

    Args:
        content: its notebooks are not looked at.
        outlines: the instructor's notebooks, whose headings name the questions.
        reason: why, as the end of a sentence.
    """
    sections: list[Section] = []
    for of in content.notebooks:
        outline = outlines.get(of.name) or nbformat.v4.new_notebook()
        results = {cell.grade_id: cell for cell in content.result.cells if cell.notebook == of.name}
        for question in with_what_is_known(_placed(questions(outline, results, of.marks), of, content)):
            sections.append(
                Section(
                    anchor=f"question-{len(sections) + 1}",
                    title=Markup.escape(question.title),
                    question=question,
                    blocks=(),
                    comments=[preformatted(plain(text), "text") for text in comments_on(question, of.comments)],
                    items={
                        part.grade_id: [(item.points, Markup.escape(plain(item.text))) for item in part.mark.items]
                        for part in question.parts
                    },
                )
            )
    return _page(content, sections, [*content.notes, f"{_PLAIN}: {reason}."])


def total(content: FeedbackContent) -> Total:
    """Return the points of the whole sheet, in which no student's notebook has a say."""
    marks = [(name in of.bonus, mark) for of in content.notebooks for name, mark in of.marks.items()]
    return Total(
        points=content.points,
        max_points=sum(mark.max_points for on_top, mark in marks if not on_top),
        unmarked_points=sum(mark.max_points for _, mark in marks if mark.points is None and mark.is_waiting),
        late_penalty=content.late_penalty,
        bonus=content.bonus,
        max_bonus=sum(mark.max_points for on_top, mark in marks if on_top),
    )


def _page(content: FeedbackContent, sections: list[Section], notes: list[str]) -> FeedbackPage:
    shown = {
        Line(notebook=section.question.file, grade_id=part.grade_id, test=test).id
        for section in sections
        for part in section.question.parts
        for test in ("", *(check.test for check in part.checks))
    }
    return FeedbackPage(
        sheet=content.sheet,
        title=content.title or content.sheet,
        group=content.group,
        total=total(content),
        sections=sections,
        notes=_notes(content, notes),
        error=content.result.error if content.cannot_be_graded else "",
        error_is_ours=without_promise(content.result.error) != content.result.error,
        settled=content.settled,
        objections=content.objections,
        other_objections=[line for line in content.objections if line not in shown],
        unprotected=content.result.isolation == "process",
    )


def _notes(content: FeedbackContent, notes: list[str]) -> list[str]:
    """Return what is said about the submission as a whole, without promises that are fulfilled."""
    waiting = {
        question_of_name(name)
        for of in content.notebooks
        for name, mark in of.marks.items()
        if mark.is_earlier or (mark.points is None and mark.is_waiting)
    }
    error = content.result.error
    shown = [note for note in dict.fromkeys(notes) if note not in error]
    if error and not content.cannot_be_graded:
        shown.insert(0, error)
    return [note if _is_about(note, waiting) else without_promise(note) for note in shown]


def _is_about(note: str, waiting: set[str]) -> bool:
    """Tell whether a note is about one of these questions, or about none in particular while some wait."""
    named = {question_of_name(name) for name in _CELL.findall(note)}
    return bool(named & waiting) if named else bool(waiting)


def _places(found: list[Question], notebook: int) -> dict[int, Place]:
    return {
        position: Place(f"cell-{notebook}-{position + 1}", _FORMATTING.sub("", shortened(question.title, 80)))
        for question in found
        for position in question.positions
    }


def _take_out_repeated(notebook: NotebookNode, failures: Failures) -> None:
    """Take out the errors that grading itself wrote below cells that it stopped: the page says so in words."""
    for position, run in failures.failed.items():
        cell = notebook.cells[position]
        cell.outputs = [output for output in cell.get("outputs", []) if not _is_ours(output, run)]


def _is_ours(output: NotebookNode, run: CellRun) -> bool:
    return output.get("ename") in ERRORS_OF_STOPPED_CELLS.values() and output.get("evalue") == run.message


def _trouble(run: CellRun, position: int, failures: Failures) -> Trouble:
    reasons = failures.of(run.message, position)
    if run.outcome is Outcome.RAISED:
        return Trouble(reasons=reasons)
    # What was raised stands in the outputs.
    limit = _LIMIT.search(run.message)
    message = limit[1] if limit else run.message
    message = message[:1].upper() + message[1:]
    return Trouble(message if message.endswith(".") else f"{message}.", reasons)


def _placed(found: list[Question], of: NotebookContent, content: FeedbackContent) -> list[Question]:
    for question in found:
        question.is_bonus = any(part.grade_id in of.bonus for part in question.parts)
        question.file = of.name
        question.notebook = of.name if len(content.notebooks) > 1 else ""
    return found


def read_graded(of: NotebookContent) -> NotebookNode | str:
    """Return a graded notebook, or a sentence about why there is none."""
    if of.missing:
        return of.missing
    try:
        with warnings.catch_warnings():
            # The notebook is shown as it is, well-formed or not.
            warnings.simplefilter("ignore")
            # Nbformat ships no types.
            return nbformat.reads(of.content.decode("utf-8"), as_version=4)  # type: ignore[no-any-return]
    except (
        ValueError,
        KeyError,
        AttributeError,
        TypeError,
        RecursionError,
        nbformat.ValidationError,
        nbformat.reader.NotJSONError,
    ):
        return f"The graded {of.name}.ipynb cannot be read, so it is not shown."


def take_out_secrets(
    notebook: NotebookNode,
    results: Mapping[str, CellResult],
    instructors: tuple[str, ...] | None,
    delimiters: tuple[tuple[str, str], ...],
) -> None:
    """Take out what was not released, and the outputs that the page shows as verdicts."""
    for cell in notebook.cells:
        name = grade_id(cell)
        if instructors is None or name in instructors:
            for marks in delimiters:
                released = without_hidden(cell.source, marks)
                if released != cell.source and cell.cell_type == "code":
                    # Tutors have them in the graded notebook.
                    hide_outputs(cell, marks)
                cell.source = released
        result = results.get(name)
        if result is not None and result.criteria and cell.cell_type == "code":
            cell.outputs = []
