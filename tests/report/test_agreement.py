from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.report.agreement import agreements, weighted_kappa
from sheetgrader.store.decisions import Marked


def _mark(by, points, *, answer="a", cell="ex1_text", minute=0):
    when = datetime(2026, 1, 1, 12, minute, tzinfo=UTC)
    return Marked(by=by, when=when, notebook="sheet", grade_id=cell, answer=answer, points=points)


def test_kappa_of_a_table_that_was_worked_out_by_hand():
    # Categories 0, 1, 2; quadratic weights: observed (0 + 1 + 0 + 1) / 4, by chance over all 16 pairs 18 / 16.
    pairs = [(0, 0), (0, 1), (2, 2), (1, 2)]
    by_chance = sum((first - second) ** 2 for first, _ in pairs for _, second in pairs) / 16
    assert weighted_kappa(pairs) == pytest.approx(1 - 0.5 / by_chance, abs=1e-3)


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), min_size=1, max_size=30))
def test_kappa_never_exceeds_one_and_does_not_depend_on_who_is_first(pairs):
    kappa = weighted_kappa(pairs)
    if kappa is not None:
        assert kappa <= 1
        assert weighted_kappa([(second, first) for first, second in pairs]) == pytest.approx(kappa, abs=2e-3)


def test_who_gives_everybody_the_same_has_no_kappa():
    assert weighted_kappa([(1, 1), (1, 1)]) is None


def test_two_who_marked_the_same_answers_are_compared():
    decisions = {
        "g1": [_mark("ada", 1.0), _mark("bob", 0.5)],
        "g2": [_mark("ada", 0.5), _mark("bob", 0.5)],
        "g3": [_mark("ada", 0.0)],
    }
    (found,) = agreements(decisions)
    assert (found.markers, found.answers, found.same) == (("ada", "bob"), 2, 1)
    assert (found.mean_difference, found.bias) == (0.25, 0.25)


def test_marks_of_an_earlier_answer_are_no_agreement():
    assert not agreements({"g": [_mark("ada", 1.0, answer="old"), _mark("bob", 0.0, answer="new")]})


def test_the_last_mark_of_each_counts():
    (found,) = agreements({"g": [_mark("ada", 0.0), _mark("bob", 1.0, minute=1), _mark("ada", 1.0, minute=2)]})
    assert found.same == 1
