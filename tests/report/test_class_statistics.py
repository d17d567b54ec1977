from __future__ import annotations

import math
import statistics

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.report.class_statistics import class_statistics, most_lost, spread
from sheetgrader.results import Outcome
from sheetgrader.store.facts import State
from sheetgrader.store.standing import GroupStanding, LostCriterion, QuestionStanding


def question(name: str, points: float) -> QuestionStanding:
    return QuestionStanding(
        notebook="sheet", name=name, title=name, max_points=4.0, tests=points, marks=0.0, open_points=0.0
    )


def group(name: str, *points: float, lost: tuple[LostCriterion, ...] = ()) -> GroupStanding:
    questions = tuple(question(f"ex{number}", each) for number, each in enumerate(points, start=1))
    total = sum(points)
    return GroupStanding(group=name, state=State.GRADED, questions=questions, points=total, final=total, lost=lost)


def lost(test: str, message: str, outcome: Outcome = Outcome.WRONG) -> LostCriterion:
    return LostCriterion(
        notebook="sheet",
        grade_id="ex1_test",
        test=test,
        rubric=f"{test} holds",
        outcome=outcome,
        message=message,
        points=1.5,
    )


def test_a_class_of_nobody_has_no_statistics() -> None:
    found = class_statistics([GroupStanding(group="a", state=State.NOT_HANDED_IN)])
    assert (found.final, found.questions, found.lost) == (None, (), ())


def test_spread_of_known_points() -> None:
    found = spread([1.0, 2.0, 3.0, 4.0])
    assert found is not None
    assert (found.lower_quartile, found.median, found.upper_quartile) == (1.75, 2.5, 3.25)
    assert (found.mean, found.standard_deviation) == (2.5, 1.118)
    one = spread([2.0])
    assert one is not None
    assert (one.minimum, one.lower_quartile, one.maximum, one.standard_deviation) == (2.0, 2.0, 2.0, 0.0)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=30))
def test_a_spread_is_in_order(points: list[float]) -> None:
    found = spread(points)
    assert found is not None
    in_order = (found.minimum, found.lower_quartile, found.median, found.upper_quartile, found.maximum)
    assert list(in_order) == sorted(in_order)
    assert math.isclose(found.median, statistics.median(points), abs_tol=0.001)


def test_questions_that_tell_the_good_from_the_others() -> None:
    found = class_statistics(
        [group("a", 0, 0, 4), group("b", 2, 2, 0), group("c", 4, 4, 2), group("d", 4, 3, 1)]
    ).questions
    assert [(each.name, each.mean_share, each.full, each.none) for each in found] == [
        ("ex1", 0.625, 2, 1),
        ("ex2", 0.562, 1, 1),
        ("ex3", 0.438, 1, 1),
    ]
    first, _, third = (each.discrimination for each in found)
    assert first is not None
    assert third is not None
    assert first > 0 > third


def test_a_question_counts_groups_whose_points_are_decided() -> None:
    waiting = msgspec.structs.replace(question("ex1", 0), open_points=4.0)
    unmarked = msgspec.structs.replace(group("b", 0), questions=(waiting,))
    (found,) = class_statistics([group("a", 3), unmarked]).questions
    assert (found.groups, found.mean_share, found.none) == (1, 0.75, 0)
    (nobody,) = class_statistics([unmarked]).questions
    assert (nobody.groups, nobody.mean_share, nobody.none) == (0, None, 0)


def test_a_question_that_everybody_solved_tells_nothing_apart() -> None:
    (first, _) = class_statistics([group("a", 4, 1), group("b", 4, 2)]).questions
    assert first.discrimination is None


def test_mistakes_with_other_numbers_are_the_same_mistake() -> None:
    groups = [
        group("a", 1, lost=(lost("test_sign", "square(1.25) gave -3.5"), lost("test_zero", "is empty"))),
        group("b", 1, lost=(lost("test_sign", "square(2.5e-3) gave -1"),)),
        group("c", 1, lost=(lost("test_sign", "took too long", Outcome.TIMED_OUT),)),
    ]
    sign, zero = most_lost(groups)
    assert (sign.test, sign.question, sign.groups, sign.points, sign.groups_of_reason) == (
        "test_sign",
        "ex1",
        3,
        4.5,
        2,
    )
    assert sign.reason == "square(1.25) gave -3.5"
    assert (zero.test, zero.groups) == ("test_zero", 1)
