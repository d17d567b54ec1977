"""What the page lists."""

from __future__ import annotations

import pytest

from sheetgrader.marking.model import QuestionKind, QuestionProgress, QuestionToMark
from sheetgrader.marking.rubrics import Rubric
from sheetgrader.report.marking_page.payload import is_listed


@pytest.mark.parametrize(
    ("kind", "points", "open_answers", "listed"),
    [
        (QuestionKind.TEST, 0.0, 0, False),
        (QuestionKind.TEST, 0.0, 1, True),
        (QuestionKind.TEST, 1.0, 0, True),
        (QuestionKind.TEXT, 0.0, 0, True),
        (QuestionKind.TASK, 0.0, 3, True),
    ],
)
def test_tests_that_are_worth_nothing_are_listed_only_where_somebody_has_to_decide(
    kind: QuestionKind, points: float, open_answers: int, listed: bool
) -> None:
    question = QuestionToMark(
        notebook="sheet",
        grade_id="ex1",
        name="ex1",
        title="Ex 1",
        kind=kind,
        max_points=points,
        rubric=Rubric(notebook="sheet", grade_id="ex1", max_points=points),
    )
    progress = QuestionProgress(
        notebook="sheet",
        grade_id="ex1",
        answers=open_answers,
        done=0,
        by_marker={},
        second_looks=0,
        by_earlier_rubric=0,
        handed_over={},
    )
    assert is_listed(question, progress) is listed
    assert is_listed(question, None) is (listed and not (kind is QuestionKind.TEST and points == 0))
