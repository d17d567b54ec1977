"""Whatever answers are, graders judge them, in sentences."""

from __future__ import annotations

import pytest

from .assertions import assert_at_most, assert_judged_in_words
from .junk import JUNK, MOST, being
from .sheets import SHEET3

#: What is tried each time.
QUICK = {(SHEET3, "NaN in the right shape"), (SHEET3, "three objects")}


@pytest.mark.parametrize(
    ("agreed", "junk"),
    [
        pytest.param(agreed, junk, id=f"{agreed}-{name}", marks=() if (agreed, name) in QUICK else pytest.mark.slow)
        for agreed, of_sheet in JUNK.items()
        for name, junk in of_sheet.items()
    ],
)
def test_whatever_comes_back_is_judged(graded_sheet, agreed, junk):
    result = graded_sheet(agreed).grade(
        {question.code: being(junk, question) for question in agreed.answered}, **agreed.short
    )
    assert_judged_in_words(result.cells)
    of_scripts = {question.test for question in agreed.judged if question.script}
    assert_at_most(MOST[agreed], [cell for cell in result.cells if cell.criteria and cell.grade_id not in of_scripts])
