"""An answer that answers nothing earns nothing, on every question of every sheet."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from sheetgrader.results import Outcome, SubmissionResult

from .doing_nothing import KINDS, SCRIPTS, junk_answers
from .sheets import SHEET1, SHEETS, AgreedSheet

#: What is tried each time.
QUICK = ("returns its argument", "a constant")
CASES = [
    pytest.param(agreed, kind, id=f"{agreed}-{kind}", marks=() if kind in QUICK else pytest.mark.slow)
    for agreed in SHEETS
    for kind in KINDS
]


def earned(result: SubmissionResult, right: Collection[str] = ()) -> dict[str, tuple[float, list[str]]]:
    """Return what cells earned, with the criteria that it was earned by, apart from questions answered right."""
    for cell in result.cells:
        assert cell.outcome is not Outcome.NOT_JUDGED, (cell.grade_id, [each.detail for each in cell.criteria])
    return {
        cell.grade_id: (cell.points, [each.name for each in cell.criteria if each.fraction])
        for cell in result.cells
        if cell.points and cell.grade_id.removesuffix("_test") not in right
    }


@pytest.mark.parametrize(("agreed", "kind"), CASES)
def test_an_answer_that_answers_nothing_earns_nothing(graded_sheet, agreed, kind):
    sheet = graded_sheet(agreed)
    answers = junk_answers(sheet.sources[agreed.name], kind)
    assert earned(sheet.grade(answers, files=scripts(agreed, "raises"))) == {}


@pytest.mark.slow
@pytest.mark.parametrize(("agreed", "kind"), CASES)
def test_it_earns_nothing_beside_right_earlier_answers(graded_sheet, agreed, kind):
    sheet = graded_sheet(agreed)
    right = {question for earlier in agreed.builds_on.values() for question in earlier}
    answers = junk_answers(sheet.sources[agreed.name], kind, right)
    assert earned(sheet.grade(answers, files=scripts(agreed, "raises")), right) == {}


def scripts(agreed: AgreedSheet, kind: str) -> dict[str, bytes]:
    return {question.script: SCRIPTS[kind].encode() for question in agreed.questions if question.script}


@pytest.mark.parametrize("kind", SCRIPTS)
def test_a_script_that_does_nothing_earns_nothing(graded_sheet, kind):
    result = graded_sheet(SHEET1).grade(skeleton=True, files=scripts(SHEET1, kind))
    assert earned(result) == {}
