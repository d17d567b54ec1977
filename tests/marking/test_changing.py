"""A changed rubric, before and after it is applied to all."""

from __future__ import annotations

import msgspec
import pytest

from sheetgrader.course.directory import Sheet
from sheetgrader.errors import CourseError, MarkingError
from sheetgrader.marking import changing
from sheetgrader.marking.changing import apply, preview
from sheetgrader.marking.model import Mark
from sheetgrader.marking.rubric_file import read_rubrics
from sheetgrader.marking.rubrics import Item, Rubric
from sheetgrader.store.decisions import read_decisions

from ..conftest import CourseBuilder
from .courses import CODE, RUBRIC, TEXT, answer_of, cells, give, grade, in_gradebook, mark_in_formgrader, marking

CHANGED = msgspec.structs.replace(
    RUBRIC, items=(Item(id="sign", points=0.5, text="the sign is justified"), Item(id="new", points=1.5, text="new"))
)


def test_a_preview_tells_what_changes_for_whom_and_writes_nothing(sheet: Sheet) -> None:
    found = marking(sheet)
    give(found, "ada", Mark(applied={"sign": 1}, adjustment=0.25))
    give(found, "emmy", Mark(applied={"limit": 1, "slips": 2}))
    give(found, "grace", Mark(adjustment=1.0))
    mark_in_formgrader(sheet, "kurt", 1.0)
    shown = preview(found, CHANGED)
    assert [
        (one.group, one.points_before, one.points_after, one.lost_items, one.is_others, one.is_change)
        for one in shown.changes
    ] == [
        ("ada", 1.25, 0.75, (), False, True),
        ("emmy", 0.7, 0.0, ("the limit is taken", "a slip"), False, True),
        ("grace", 1.0, 1.0, (), False, False),
        ("kurt", 1.0, 1.0, (), True, False),
    ]
    assert found.question(*TEXT).rubric.items == RUBRIC.items
    assert in_gradebook(sheet, "ada")[0] == 1.25


def test_what_is_applied_rules_for_all_and_markers_stay_who_they_are(sheet: Sheet) -> None:
    found = marking(sheet)
    give(found, "ada", Mark(applied={"sign": 1}, adjustment=0.25, comment="Good."))
    give(marking(sheet, "curie"), "emmy", Mark(applied={"sign": 1}))
    mark_in_formgrader(sheet, "kurt", 1.0)
    assert apply(found, preview(found, CHANGED)) is None
    assert read_rubrics(sheet)[TEXT].items == CHANGED.items
    assert in_gradebook(sheet, "ada") == (0.75, False, "Good.")
    assert in_gradebook(sheet, "emmy") == (0.5, False, "")
    assert in_gradebook(sheet, "kurt")[0] == 1.0
    mark = answer_of(marking(sheet), "emmy").mark
    assert mark is not None
    assert (mark.by, mark.points, mark.is_by_earlier_rubric) == ("curie", 0.5, False)
    assert read_decisions(sheet, "emmy")[-1].why == "noether changed the rubric."


def test_points_stay_within_those_of_the_cell(sheet: Sheet) -> None:
    found = marking(sheet)
    give(found, "ada", Mark(applied={"sign": 1}, adjustment=1.0))
    give(found, "emmy", Mark(applied={"sign": 1}, adjustment=-1.0))
    worth_more = msgspec.structs.replace(RUBRIC, items=(Item(id="sign", points=1.5, text="the sign"),))
    shown = preview(found, worth_more)
    assert [(one.points_after, one.is_limited) for one in shown.changes] == [(2.0, True), (0.5, False)]
    worth_less = msgspec.structs.replace(RUBRIC, items=(Item(id="sign", points=0.5, text="the sign"),))
    shown = preview(found, worth_less)
    assert [(one.points_after, one.is_limited) for one in shown.changes] == [(1.5, False), (0.0, True)]
    assert apply(found, shown) is None
    assert [in_gradebook(sheet, group)[0] for group in ("ada", "emmy")] == [1.5, 0.0]


def test_what_has_changed_since_the_preview_is_shown_and_nothing_is_written(sheet: Sheet) -> None:
    found = marking(sheet)
    give(found, "ada", Mark(applied={"sign": 1}))
    shown = preview(found, CHANGED)
    give(marking(sheet, "curie"), "emmy", Mark(applied={"sign": 1}))
    now = apply(found, shown)
    assert now is not None
    assert [one.group for one in now.changes] == ["ada", "emmy"]
    assert read_rubrics(sheet)[TEXT].items == RUBRIC.items
    assert in_gradebook(sheet, "ada")[0] == 1.0
    assert apply(found, now) is None
    assert in_gradebook(sheet, "emmy")[0] == 0.5


def test_a_mark_to_an_earlier_answer_stays_one(builder: CourseBuilder, sheet: Sheet) -> None:
    found = marking(sheet)
    give(found, "ada", Mark(applied={"sign": 1}))
    builder.submit("ada", *cells(builder, "Another text."))
    grade(sheet, "ada")
    assert apply(found, preview(found, CHANGED)) is None
    mark = answer_of(found, "ada").mark
    assert mark is not None
    assert (mark.points, mark.is_for_earlier_answer) == (0.5, True)
    assert in_gradebook(sheet, "ada") == (0.5, True, "")


def test_a_rubric_that_cannot_be_written_changes_no_mark(sheet: Sheet, monkeypatch: pytest.MonkeyPatch) -> None:
    found = marking(sheet)
    give(found, "ada", Mark(applied={"sign": 1}))

    def fails(*_: object, **__: object) -> None:
        raise CourseError("the disk is full")

    monkeypatch.setattr(changing, "write_rubrics", fails)
    with pytest.raises(CourseError, match="the disk is full"):
        apply(found, preview(found, CHANGED))
    assert in_gradebook(sheet, "ada")[0] == 1.0
    assert len(read_decisions(sheet, "ada")) == 1


def test_where_the_marks_were_never_written_they_are_shown_as_those_of_an_earlier_rubric(
    sheet: Sheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = marking(sheet)
    give(found, "ada", Mark(applied={"sign": 1}))
    shown = preview(found, CHANGED)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("sheetgrader.marking.writing.add_decisions", killed)
        with pytest.raises(KeyboardInterrupt):
            apply(found, shown)
    again = marking(sheet)
    assert [one.by_earlier_rubric for one in again.progress().questions if one.grade_id == TEXT[1]] == [1]
    mark = answer_of(again, "ada").mark
    assert mark is not None
    assert (mark.points, mark.is_by_earlier_rubric) == (1.0, True)
    assert again.by_earlier_rubric() == {"ex1_text": 1}
    assert apply(again, preview(again, again.question(*TEXT).rubric)) is None
    assert in_gradebook(sheet, "ada")[0] == 0.5
    assert again.by_earlier_rubric() == {}


def test_tests_have_no_rubric(sheet: Sheet) -> None:
    with pytest.raises(MarkingError, match="tests judge ex1_test"):
        preview(marking(sheet), Rubric(notebook="sheet", grade_id=CODE[1], max_points=4.0))
    with pytest.raises(MarkingError, match="has no question 'gone'"):
        preview(marking(sheet), Rubric(notebook="sheet", grade_id="gone", max_points=4.0))
