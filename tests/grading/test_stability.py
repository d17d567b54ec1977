from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sheetgrader.grading.stability import held_against, judged_twice
from sheetgrader.results import CellResult, CriterionResult, Outcome, SubmissionResult


def verdict(outcome: Outcome = Outcome.RIGHT, **facts: Any) -> CriterionResult:
    given = {"name": "test_graded.py::test_it", "rubric": "It.", "weight": 1.0, "seed": 7}
    return CriterionResult(**{**given, "outcome": outcome, "fraction": float(outcome is Outcome.RIGHT), **facts})


def result(criterion: CriterionResult, conditions: str = "these") -> SubmissionResult:
    cell = CellResult(
        notebook="sheet",
        grade_id="ex1_test",
        max_points=2.0,
        points=2.0 * criterion.fraction,
        outcome=criterion.outcome,
        criteria=(criterion,),
    )
    other = msgspec.structs.replace(
        cell, grade_id="ex2_test", points=2.0, outcome=Outcome.RIGHT, criteria=(verdict(name="other"),)
    )
    return SubmissionResult(sheet="sheet", group="noether", cells=(cell, other), conditions=conditions)


@pytest.mark.parametrize(
    ("before", "now", "sentence"),
    [
        (Outcome.WRONG, Outcome.RIGHT, "was not right, then right; a tutor decides."),
        (Outcome.RIGHT, Outcome.RAISED, "was right, then not right; a tutor decides."),
        (Outcome.TIMED_OUT, Outcome.PARTLY_RIGHT, "was not right, then partly right; a tutor decides."),
    ],
)
def test_another_verdict_on_the_same_answer_is_for_a_person(before: Outcome, now: Outcome, sentence: str) -> None:
    found = held_against(result(verdict(now)), [result(verdict(before))])
    unstable, stable = found.cells
    assert (unstable.points, unstable.outcome) == (None, Outcome.NOT_JUDGED)
    assert unstable.criteria[0].unstable
    assert unstable.criteria[0].remark.endswith(sentence)
    assert unstable.criteria[0].outcome is now
    assert stable == result(verdict()).cells[1]


@pytest.mark.parametrize(
    "earlier",
    [
        result(verdict(Outcome.WRONG, seed=8)),
        result(verdict(Outcome.WRONG), conditions="others"),
        result(verdict(Outcome.WRONG, name="another")),
        result(verdict(Outcome.NOT_JUDGED)),
        result(verdict()),
    ],
    ids=["another answer", "other graders", "another criterion", "never judged", "the same"],
)
def test_what_is_not_the_same_proves_nothing(earlier: SubmissionResult) -> None:
    assert held_against(result(verdict()), [earlier]) == result(verdict())


def test_how_an_answer_fails_may_differ() -> None:
    now = result(verdict(Outcome.TIMED_OUT))
    assert held_against(now, [result(verdict(Outcome.RAISED))]) == now


def test_results_that_name_no_conditions_prove_nothing() -> None:
    now = result(verdict(), conditions="")
    assert held_against(now, [result(verdict(Outcome.WRONG), conditions="")]) == now


def test_an_unstable_verdict_stays_unstable() -> None:
    first = held_against(result(verdict()), [result(verdict(Outcome.WRONG))])
    again = held_against(result(verdict()), [first])
    assert again.cells[0].points is None
    assert again.cells[0].criteria[0].unstable


def test_all_that_is_kept_is_looked_at() -> None:
    kept = [result(verdict(Outcome.WRONG)), result(verdict(Outcome.WRONG, seed=8))]
    assert held_against(result(verdict()), kept).cells[0].points is None


def test_two_judgements_that_differ_are_both_told() -> None:
    second = verdict(message="f(2) returned 5.")
    first = verdict(Outcome.WRONG, message="f(2) returned 4.", detail="assert 4 == 5")
    (both,) = judged_twice({"ex1_test": (first,)}, {"ex1_test": (second,)}, [first.name])["ex1_test"]
    assert both.unstable
    assert both.remark == (
        "Judged twice for the same inputs, it was not right the first time and right the second time; a tutor decides."
    )
    assert both.message == "f(2) returned 4."
    assert both.detail == "assert 4 == 5\nThe second time (right): f(2) returned 5."


def test_of_two_failures_the_first_counts() -> None:
    first, second = verdict(Outcome.WRONG, message="first"), verdict(Outcome.RAISED, message="second")
    (both,) = judged_twice({"ex1_test": (first,)}, {"ex1_test": (second,)}, [first.name])["ex1_test"]
    assert msgspec.structs.replace(both, remark="") == first
    assert both.remark.endswith("failed both times; the first judgement counts.")


def test_what_is_right_twice_or_judged_once_stays_as_it_is() -> None:
    first = {"ex1_test": (verdict(), verdict(Outcome.WRONG, name="once"))}
    assert judged_twice(first, {"ex1_test": (verdict(),)}, [verdict().name]) == first
    assert judged_twice(first, {"ex1_test": (verdict(Outcome.NOT_JUDGED),)}, [verdict().name]) == first
    other = {"ex1_test": (verdict(), verdict(name="once"))}
    assert judged_twice(first, other, [verdict().name]) == first
