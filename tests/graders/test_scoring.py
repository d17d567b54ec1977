import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.graders.scoring import linear, only_what_counts, points
from sheetgrader.results import CriterionResult, Outcome, worst


def criterion(
    fraction: float, weight: float = 1.0, outcome: Outcome | None = None, name: str = "test_x"
) -> CriterionResult:
    named = outcome or (Outcome.RIGHT if fraction == 1 else Outcome.WRONG)
    return CriterionResult(name=name, rubric=f"{name[5:]} holds.", weight=weight, outcome=named, fraction=fraction)


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


def cell(**fractions: float) -> list[CriterionResult]:
    return [criterion(fraction, name=f"test_{name}") for name, fraction in fractions.items()]


def counting(criteria: list[CriterionResult], requires: dict[str, list[str]]) -> list[str]:
    counted = only_what_counts(criteria, requires)
    for before, after in zip(criteria, counted, strict=True):
        assert (after.outcome, after.weight) == (before.outcome, before.weight)
        assert after.fraction == (0 if after.unmet else before.fraction)
    return [each.test for each in counted if not each.unmet]


def test_a_criterion_counts_where_what_it_requires_earned_something():
    requires = {"test_copies": ["test_values"]}
    assert counting(cell(values=1, copies=1), requires) == ["test_values", "test_copies"]
    assert counting(cell(values=0.01, copies=1), requires) == ["test_values", "test_copies"]
    assert counting(cell(values=0, copies=1), requires) == ["test_values"]
    # What earned nothing has nothing that might not count.
    assert counting(cell(values=0, copies=0), requires) == ["test_values", "test_copies"]


def test_of_several_conditions_one_is_enough():
    requires = {"test_copies": ["test_values", "test_limits"]}
    assert "test_copies" in counting(cell(values=0, limits=1, copies=1), requires)
    counted = only_what_counts(cell(values=0, limits=0, copies=1), requires)
    assert counted[2].why_it_does_not_count == (
        "It does not count until one of these is fulfilled: values holds; limits holds."
    )


def test_what_does_not_count_is_no_condition_for_others():
    requires = {"test_copies": ["test_finite"], "test_finite": ["test_values"]}
    assert counting(cell(copies=1, finite=1, values=1), requires) == ["test_copies", "test_finite", "test_values"]
    assert counting(cell(copies=1, finite=1, values=0), requires) == ["test_values"]


def test_one_right_case_of_a_condition_is_enough():
    criteria = [criterion(fraction, name=f"test_values[{fraction}]") for fraction in (0, 1)]
    criteria.append(criterion(1, name="test_copies"))
    assert "test_copies" in counting(criteria, {"test_copies": ["test_values"]})


def test_what_requires_something_that_was_not_judged_leaves_its_cell_to_a_human():
    criteria = [criterion(0, outcome=Outcome.NOT_JUDGED, name="test_values"), criterion(1, name="test_copies")]
    assert points(1, only_what_counts(criteria, {"test_copies": ["test_values"]})) is None


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
