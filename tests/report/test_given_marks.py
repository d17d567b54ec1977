from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from sheetgrader.marking.rubrics import Item, Rubric, Rule
from sheetgrader.report.given_marks import Given, current_mark, given_by
from sheetgrader.report.questions import GivenItem
from sheetgrader.store.decisions import Marked, Unmarked
from sheetgrader.store.final_scores import FinalCell

START = datetime(2026, 1, 1, tzinfo=UTC)
RUBRIC = Rubric(
    notebook="sheet",
    grade_id="ex1_text",
    max_points=1,
    items=(
        Item(id="sign", points=0.5, text="The sign is *justified*."),
        Item(id="step", points=0.5, text="The steps", items=(Item(id="first", points=0.2, text="The first step"),)),
        Item(id="slip", rule=Rule.DEDUCTION, points=0.1, each=True, at_most=0.3, text="A slip"),
        Item(id="short", rule=Rule.CAP, points=0.4, text="No words"),
    ),
)


def _mark(points: float, minutes: int = 0, **changed: Any) -> Marked:
    facts: dict[str, Any] = {"notebook": "sheet", "grade_id": "ex1_text", "answer": "digest", "by": "ada"}
    return Marked(points=points, when=START + timedelta(minutes=minutes), **{**facts, **changed})


def _cell(points: float | None, extra: float = 0.0) -> FinalCell:
    return FinalCell(
        notebook="sheet",
        grade_id="ex1_text",
        max_points=1,
        auto_points=None,
        manual_points=points,
        extra_credit=extra,
        needs_manual_grade=False,
    )


def test_applied_items_are_told_with_what_they_are_worth() -> None:
    mark = _mark(0.45, applied={"sign": 1, "slip": 2, "first": 0}, adjustment=0.15)
    assert given_by(mark, _cell(0.45), RUBRIC) == Given(
        (GivenItem("The sign is *justified*.", "+0.5"), GivenItem("A slip", "−0.2")), 0.15
    )


def test_what_stands_in_an_item_counts_in_its_place() -> None:
    mark = _mark(0.2, applied={"step": 1, "first": 1, "short": 1})
    assert [item.points for item in given_by(mark, _cell(0.2), RUBRIC).items] == ["", "+0.2", "at most 0.4"]


def test_a_mark_that_was_overruled_in_the_gradebook_is_not_explained() -> None:
    mark = _mark(0.5, applied={"sign": 1})
    assert given_by(mark, _cell(0.75), RUBRIC) == Given()
    assert given_by(mark, _cell(0.5, extra=0.1), RUBRIC) == Given()
    assert given_by(mark, _cell(None), RUBRIC) == Given()
    assert given_by(mark, _cell(0.5), None) == Given()


def test_points_are_not_told_where_the_rubric_has_other_ones_by_now() -> None:
    mark = _mark(0.4, applied={"sign": 1, "gone": 1}, adjustment=0.1)
    assert given_by(mark, _cell(0.4), RUBRIC) == Given((GivenItem("The sign is *justified*.", ""),), 0.0)


def test_the_mark_that_was_given_last_and_not_taken_back_is_the_current_one() -> None:
    first, second = _mark(0.5), _mark(0.6, 1)
    none = Unmarked(when=START + timedelta(minutes=3), by="ada", notebook="sheet", grade_id="ex1_text")
    back = msgspec.structs.replace(none, when=START + timedelta(minutes=2), back_to=first.when)
    other = _mark(0.1, 4, grade_id="ex2_text")

    def current(*decisions: Marked | Unmarked) -> Marked | None:
        return current_mark(decisions, "sheet", "ex1_text")

    assert current(first, second, other) == second
    assert current(first, second, back) == first
    assert current(first, second, back, none) is None
    assert current(other) is None
