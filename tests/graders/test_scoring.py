import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.graders.scoring import linear, points
from sheetgrader.results import CriterionResult, Outcome, worst


def criterion(fraction: float, weight: float = 1.0, outcome: Outcome | None = None) -> CriterionResult:
    named = outcome or (Outcome.RIGHT if fraction == 1 else Outcome.WRONG)
    return CriterionResult(name="test_x", rubric="x", weight=weight, outcome=named, fraction=fraction)


def test_points_are_split_by_weight_and_rounded_to_a_thousandth():
    assert points(0.25, [criterion(1), criterion(1), criterion(0)]) == 0.167
    assert points(2, [criterion(1, weight=3), criterion(0)]) == 1.5


@given(st.floats(0.001, 100), st.lists(st.floats(0.1, 10), min_size=1, max_size=12))
def test_all_right_earns_exactly_all_points(most, weights):
    assert points(most, [criterion(1, weight) for weight in weights]) == most


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 10)), min_size=1, max_size=12))
def test_points_stay_within_their_cell(parts):
    earned = points(1.0, [criterion(fraction, weight) for fraction, weight in parts])
    assert earned is not None
    assert 0 <= earned <= 1


def test_what_was_not_judged_is_scored_neither_as_wrong_nor_as_right():
    assert points(1, [criterion(1), criterion(0, outcome=Outcome.NOT_JUDGED)]) is None


@pytest.mark.parametrize(("value", "part"), [(0.5, 0), (0.6, 0), (0.725, 0.5), (0.85, 1), (0.99, 1), (math.nan, 0)])
def test_linear_credit(value, part):
    assert linear(value, none_at=0.6, full_at=0.85) == pytest.approx(part)


def test_linear_credit_for_values_that_are_better_when_small():
    assert linear(0.2, none_at=1.0, full_at=0.0) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("outcomes", "named"),
    [
        ([Outcome.RIGHT, Outcome.RIGHT], Outcome.RIGHT),
        ([Outcome.RIGHT, Outcome.WRONG], Outcome.PARTLY_RIGHT),
        ([Outcome.WRONG, Outcome.RAISED], Outcome.WRONG),
        ([Outcome.RAISED], Outcome.RAISED),
        ([Outcome.RIGHT, Outcome.TIMED_OUT], Outcome.TIMED_OUT),
        ([Outcome.TIMED_OUT, Outcome.OUT_OF_MEMORY], Outcome.OUT_OF_MEMORY),
        ([Outcome.OUT_OF_MEMORY, Outcome.NOT_JUDGED], Outcome.NOT_JUDGED),
    ],
)
def test_a_cell_is_named_for_what_went_wrong_in_it(outcomes, named):
    assert worst(outcomes) is named
