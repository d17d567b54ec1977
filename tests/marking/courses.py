"""Small courses to be marked, recorded in nbgrader's gradebook as grading does it, without kernels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbformat import NotebookNode
from nbgrader.api import Gradebook

from sheetgrader.course.directory import Sheet
from sheetgrader.marking.marking import Marking
from sheetgrader.marking.model import AnswerToMark, Given, Mark
from sheetgrader.marking.rubric_file import write_rubrics
from sheetgrader.marking.rubrics import Item, Rubric
from sheetgrader.results import Outcome
from sheetgrader.store.final_scores import FinalScore, read_final_scores
from sheetgrader.store.gradebook import gradebook_writer
from sheetgrader.store.kept_results import read_result
from sheetgrader.store.material import build_item

from ..conftest import CourseBuilder
from ..store.test_gradebook import graded

TEXT = ("sheet", "ex1_text")
CODE = ("sheet", "ex1_test")
TASK = ("sheet", "ex2_task")
RUBRIC = Rubric(
    notebook="sheet",
    grade_id="ex1_text",
    max_points=2.0,
    items=(
        Item(id="sign", points=1.0, text="the sign is justified"),
        Item(id="limit", points=0.5, text="the limit is taken"),
        Item(id="slips", points=0.1, text="a slip", each=True, at_most=0.4),
    ),
)


def cells(builder: CourseBuilder, text: str, code: str = "y = 1", below: Sequence[str] = ()) -> list[NotebookNode]:
    """A sheet's cells: code with tests, a text and a task, answered as told."""
    return [
        builder.locked("intro", "# Sheet", markdown=True),
        builder.answer("ex1_code", code),
        builder.tests("ex1_test", "assert y", points=4.0),
        builder.answer("ex1_text", text, points=2.0, markdown=True),
        builder.task("ex2_task", "Plot it.", points=3.0),
        *(builder.plain(source, markdown=True) for source in below),
    ]


def write_course(builder: CourseBuilder, texts: Mapping[str, str], configuration: str = "") -> Sheet:
    """Write a course in which each group has answered with its text, and grade it."""
    builder.write("nbgrader_config.py", f"c = get_config()\n{configuration}\n")
    builder.source(*cells(builder, "YOUR ANSWER HERE", "# YOUR CODE HERE"))
    for group, text in texts.items():
        builder.submit(group, *cells(builder, text, below=[f"Task of {group}: {text}"]))
    sheet = builder.load().sheet("sheet")
    for group in texts:
        grade(sheet, group)
    write_rubrics(sheet, [RUBRIC])
    return sheet


def grade(sheet: Sheet, group: str, points: float = 1.0, *, outcome: Outcome = Outcome.RIGHT) -> None:
    """Record what a group has handed in, as grading does."""
    item = build_item(sheet, group)
    with gradebook_writer(sheet) as writer:
        writer.record(graded(item, points, outcome=outcome), item, read_result(sheet, group))


def marking(sheet: Sheet, by: str = "noether") -> Marking:
    """Return the marking of a sheet, opened anew."""
    return Marking(type(sheet.course).load(sheet.course.root).sheet(sheet.name), by=by)


def answer_of(found: Marking, group: str, cell: tuple[str, str] = TEXT) -> AnswerToMark:
    """Return a group's answer."""
    return next(answer for answer in found.answers(*cell) if answer.group == group)


def give(found: Marking, group: str, mark: Mark, cell: tuple[str, str] = TEXT) -> AnswerToMark:
    """Give a group's answer a mark, as it stands now."""
    before = answer_of(found, group, cell)
    given = found.give(before.id, mark, before.version)
    assert isinstance(given, Given), given
    return given.answer


def score(sheet: Sheet, group: str) -> FinalScore:
    """Return what the gradebook says."""
    return read_final_scores(sheet)[group]


def in_gradebook(sheet: Sheet, group: str, cell: tuple[str, str] = TEXT) -> tuple[float | None, bool, str]:
    """Return a cell's points by hand, whether it is flagged, and its comment by hand."""
    found = score(sheet, group)
    row = next(one for one in found.cells if (one.notebook, one.grade_id) == cell)
    comment = next((one.manual for one in found.comments if (one.notebook, one.grade_id) == cell), None)
    return row.manual_points, row.needs_manual_grade, comment or ""


def mark_in_formgrader(
    sheet: Sheet, group: str, points: float | None, comment: str | None = None, cell: tuple[str, str] = TEXT
) -> None:
    """Give a mark as the formgrader's handlers do."""
    with Gradebook(sheet.course.db_url) as gradebook:
        found = gradebook.find_grade(cell[1], cell[0], sheet.name, group)
        found.manual_score = points
        found.needs_manual_grade = points is None and found.auto_score is None
        gradebook.find_comment(cell[1], cell[0], sheet.name, group).manual_comment = comment
        gradebook.db.commit()
