"""Feedback for students: one page a group, from the gradebook, the kept results and the graded notebooks."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import msgspec
import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme
from nbgrader.utils import is_locked

from sheetgrader.course.directory import Sheet, nbgrader_log
from sheetgrader.course.staging import write_file
from sheetgrader.errors import SheetgraderError
from sheetgrader.grading.hiding import without_hidden
from sheetgrader.report.pages import FeedbackPage, Section, Total, render, section
from sheetgrader.report.questions import Mark, Question, grade_id, questions
from sheetgrader.report.rendering import Renderer
from sheetgrader.results import CellResult, Outcome, SubmissionResult
from sheetgrader.store.final_scores import FinalCell, FinalScore
from sheetgrader.store.kept_results import read_result


class WrittenPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page that is ready to be handed back."""

    group: str
    path: str
    points: float
    max_points: float
    #: Points of answers that a tutor has still to mark.
    unmarked_points: float


class FeedbackReport(msgspec.Struct, frozen=True, kw_only=True):
    """What writing a sheet's pages did."""

    sheet: str
    pages: tuple[WrittenPage, ...]


def write_page(sheet: Sheet, score: FinalScore) -> WrittenPage:
    """Write the page of one group to ``feedback/<group>/<sheet>/<sheet>.html``.

    Raises:
        SheetgraderError: it cannot be written.
    """
    page = feedback_page(sheet, score)
    path = sheet.feedback_folder(score.group) / f"{sheet.name}.html"
    try:
        write_file(path, render(page).encode("utf-8"))
    except OSError as error:
        raise SheetgraderError(
            f"{error.filename or path} cannot be written: {error.strerror}; then run the command again"
        ) from None
    return WrittenPage(
        group=score.group,
        path=str(path),
        points=page.total.points,
        max_points=page.total.max_points,
        unmarked_points=page.total.unmarked_points,
    )


def feedback_page(sheet: Sheet, score: FinalScore) -> FeedbackPage:
    """Gather what the page of one group says."""
    result = read_result(sheet, score.group) or SubmissionResult(sheet=sheet.name, group=score.group)
    bonus = frozenset(sheet.regulations.bonus) if sheet.regulations else frozenset[str]()
    renderer = Renderer()
    sections: list[Section] = []
    notes = list(result.notes)
    names = sorted(sheet.source_notebooks() or {cell.notebook for cell in score.cells})
    for name in names:
        notebook = _graded_notebook(sheet, score.group, name)
        if isinstance(notebook, str):
            notes.append(notebook)
            notebook = nbformat.v4.new_notebook()
        results = {cell.grade_id: cell for cell in result.cells if cell.notebook == name}
        marks = {cell.grade_id: _mark(cell) for cell in score.cells if cell.notebook == name}
        comments = {
            comment.grade_id: comment.text for comment in score.comments if comment.notebook == name and comment.text
        }
        troubles = {
            run.cell: run.message
            for run in result.runs
            if run.notebook == name and run.outcome not in (Outcome.RIGHT, Outcome.RAISED)
        }
        for question in questions(_without_secrets(notebook, results, _delimiters(sheet)), results, marks):
            question.is_bonus = question.name in bonus
            question.notebook = name if len(names) > 1 else ""
            sections.append(section(question, f"question-{len(sections) + 1}", renderer, comments, troubles))
    title = sheet.regulations.title if sheet.regulations else ""
    return FeedbackPage(
        sheet=sheet.name,
        title=title or sheet.name,
        group=score.group,
        total=_total(score, [shown.question for shown in sections]),
        sections=sections,
        notes=[note for note in dict.fromkeys(notes) if note != result.error],
        error=result.error,
        unprotected=result.isolation == "process",
    )


def _total(score: FinalScore, asked: list[Question]) -> Total:
    return Total(
        points=score.points,
        max_points=sum(question.max_points for question in asked if not question.is_bonus),
        unmarked_points=sum(question.unmarked_points for question in asked),
        late_penalty=score.late_penalty,
    )


def _mark(cell: FinalCell) -> Mark:
    decided = cell.manual_points is not None or cell.auto_points is not None
    return Mark(cell.points if decided else None, cell.max_points, by_tutor=cell.manual_points is not None)


def _graded_notebook(sheet: Sheet, group: str, name: str) -> NotebookNode | str:
    """Return a group's graded notebook, or a sentence about why there is none."""
    path = sheet.autograded_folder(group) / f"{name}.ipynb"
    try:
        with warnings.catch_warnings():
            # The notebook is shown as it is, well-formed or not.
            warnings.simplefilter("ignore")
            # Nbformat ships no types.
            return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-any-return]
    except FileNotFoundError:
        return f"There is no graded {name}.ipynb to show."
    except (
        OSError,
        ValueError,
        KeyError,
        AttributeError,
        TypeError,
        RecursionError,
        nbformat.ValidationError,
        nbformat.reader.NotJSONError,
    ):
        return f"The graded {name}.ipynb cannot be read, so it is not shown."


def _delimiters(sheet: Sheet) -> tuple[tuple[str, str], ...]:
    """Return the marks between which instructors write what students may not read, with the course's own settings."""
    tests = ClearHiddenTests(config=sheet.course.config, log=nbgrader_log)
    scheme = ClearMarkScheme(config=sheet.course.config, log=nbgrader_log)
    return (
        (tests.begin_test_delimeter, tests.end_test_delimeter),
        (scheme.begin_mark_scheme_delimeter, scheme.end_mark_scheme_delimeter),
    )


def _without_secrets(
    notebook: NotebookNode, results: Mapping[str, CellResult], delimiters: tuple[tuple[str, str], ...]
) -> NotebookNode:
    """Take out what was not released of the sheet's own cells, and the outputs that the page shows as verdicts."""
    for cell in notebook.cells:
        # In a group's own cell such marks are the group's text.
        for marks in delimiters if is_locked(cell) else ():
            cell.source = without_hidden(cell.source, marks)
        result = results.get(grade_id(cell))
        if result is not None and result.criteria and cell.cell_type == "code":
            cell.outputs = []
    return notebook
