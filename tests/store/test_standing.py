from __future__ import annotations

import datetime
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.course.questions import QuestionName
from sheetgrader.results import CellResult, CriterionResult, LookAgain, Outcome, SubmissionResult
from sheetgrader.store.decisions import Answered, Objected, Settled, SettlementKind
from sheetgrader.store.facts import GroupFacts, Outline, State
from sheetgrader.store.final_scores import FinalCell, FinalScore
from sheetgrader.store.open_matters import Action
from sheetgrader.store.standing import standing

THEN = datetime.datetime(2024, 1, 10, 12, tzinfo=datetime.UTC)
DUE = datetime.datetime(2024, 1, 10, 12)
OUTLINE = Outline(
    {("sheet", name): QuestionName(name.partition("_")[0], name) for name in ("ex1_test", "ex2_text", "ex3_test")},
    bonus=("ex3",),
)


def cell(name: str, *, auto: float | None = None, manual: float | None = None, needs: bool = False) -> FinalCell:
    return FinalCell(
        notebook="sheet",
        grade_id=name,
        max_points=2.0,
        auto_points=auto,
        manual_points=manual,
        extra_credit=0.0,
        needs_manual_grade=needs,
    )


def verdict(name: str, points: float | None, outcome: Outcome | None, message: str = "") -> CellResult:
    return CellResult(notebook="sheet", grade_id=name, max_points=2.0, points=points, outcome=outcome, message=message)


def criterion(message: str, *, unstable: bool = False) -> CriterionResult:
    return CriterionResult(
        name="t.py::test_a",
        rubric="It is right.",
        weight=1.0,
        outcome=Outcome.RIGHT if unstable else Outcome.NOT_JUDGED,
        fraction=0.0,
        message=message,
        unstable=unstable,
        remark=message if unstable else "",
    )


def facts(*cells: FinalCell, penalty: float = 0.0, **others: object) -> GroupFacts:
    score = FinalScore(
        group="noether",
        cells=cells,
        comments=(),
        late_penalty=penalty,
        timestamp=DUE + datetime.timedelta(hours=1),
        deadline=DUE,
    )
    values = {"handed_in": "x", "has_folder": True, "result": result(), **others}
    return GroupFacts(group="noether", score=score, **values)  # type: ignore[arg-type] # named above


def result(*cells: CellResult, **others: object) -> SubmissionResult:
    return SubmissionResult(sheet="sheet", group="noether", cells=cells, handed_in="x", **others)  # type: ignore[arg-type]


def actions(found: GroupFacts) -> list[Action]:
    return [matter.action for matter in standing(found, OUTLINE).open]


def test_points_by_question() -> None:
    found = standing(
        facts(
            cell("ex3_test", auto=1.0),
            cell("ex1_test", auto=2.0, manual=0.5),
            cell("ex2_text", needs=True),
            penalty=0.25,
        ),
        OUTLINE,
    )
    assert [question.name for question in found.questions] == ["ex1", "ex2", "ex3"]
    assert [(question.tests, question.marks, question.open_points) for question in found.questions] == [
        (0.0, 0.5, 0.0),
        (0.0, 0.0, 2.0),
        (1.0, 0.0, 0.0),
    ]
    assert (found.points, found.bonus, found.penalty, found.final, found.max_points) == (1.5, 1.0, 0.25, 1.25, 4.0)
    assert found.is_late
    assert found.handed_in.seconds_late == 3600


def test_who_has_to_act() -> None:
    look = LookAgain(
        notebook="sheet",
        grade_id="ex3_test",
        answer_changed=False,
        points_before=1.0,
        points_after=2.0,
        outcome_before=Outcome.PARTLY_RIGHT,
        outcome_after=Outcome.RIGHT,
    )
    found = standing(
        facts(
            cell("ex1_test", needs=True),
            cell("ex2_text", needs=True),
            cell("ex3_test", auto=2.0, manual=1.0, needs=True),
            result=result(
                CellResult(
                    notebook="sheet",
                    grade_id="ex1_test",
                    max_points=2.0,
                    points=None,
                    outcome=Outcome.NOT_JUDGED,
                    criteria=(criterion("The grader failed."),),
                ),
                verdict("ex2_text", None, None),
                verdict("ex3_test", 2.0, Outcome.RIGHT),
                look_again=(look,),
            ),
        ),
        OUTLINE,
    )
    assert [(matter.action, matter.action.who) for matter in found.open] == [
        (Action.MEND_GRADER, "an instructor"),
        (Action.MARK, "a tutor"),
        (Action.LOOK_AGAIN, "a tutor"),
    ]
    assert found.open[0].why == "The grader failed."
    assert found.open[2].why == (
        "Its tests give 2 points (right) now and gave 1 points (partly right) when the mark of 1 was given."
    )
    assert found.questions[2].has_earlier_mark


def test_an_odd_answer_is_for_a_tutor_and_not_for_who_wrote_the_grader() -> None:
    copied = result(verdict("ex1_test", None, Outcome.NOT_JUDGED, "The cell is there twice."))
    (matter,) = standing(facts(cell("ex1_test", needs=True), result=copied), OUTLINE).open
    assert (matter.action, matter.why) == (Action.MARK, "The cell is there twice.")
    unstable = result(
        CellResult(
            notebook="sheet",
            grade_id="ex1_test",
            max_points=2.0,
            points=None,
            outcome=Outcome.NOT_JUDGED,
            criteria=(criterion("It was right, then wrong.", unstable=True),),
        )
    )
    (matter,) = standing(facts(cell("ex1_test", needs=True), result=unstable), OUTLINE).open
    assert (matter.action, matter.why) == (Action.LOOK_AGAIN, "It was right, then wrong.")


def test_a_mark_above_what_its_cell_is_worth_by_now_is_told() -> None:
    found = standing(facts(cell("ex2_text", manual=2.0), cell("ex1_test", auto=0.0, manual=2.5)), OUTLINE)
    assert [(matter.action, matter.grade_id, matter.why) for matter in found.open] == [
        (
            Action.LOOK_AGAIN,
            "ex1_test",
            "The mark of 2.5 is more than the 2 that its cell is worth now. Give another one.",
        )
    ]


def test_a_mark_on_an_earlier_answer_is_told_as_that() -> None:
    look = LookAgain(notebook="sheet", grade_id="ex2_text", answer_changed=True)
    found = standing(facts(cell("ex2_text", manual=1.5, needs=True), result=result(look_again=(look,))), OUTLINE)
    assert found.open[0].why == "The answer is not the one that the mark of 1.5 was given to."


def test_what_cannot_be_graded_waits_for_somebody_who_decides() -> None:
    broken = result(verdict("ex1_test", None, Outcome.NOT_JUDGED), error="sheet.ipynb is no notebook.")
    found = standing(facts(cell("ex1_test", needs=True), cell("ex2_text", needs=True), result=broken), OUTLINE)
    assert [(matter.action, matter.points, matter.why) for matter in found.open] == [
        (Action.SETTLE, 4.0, "sheet.ipynb is no notebook.")
    ]
    assert found.state is State.CANNOT_BE_GRADED
    # What was marked before it was handed in again like that is looked at.
    marked = cell("ex2_text", manual=1.0, needs=True)
    assert actions(facts(cell("ex1_test", manual=0.0), marked, result=broken)) == [Action.LOOK_AGAIN]
    # Whoever marks it all by hand has decided, too.
    assert not actions(facts(cell("ex1_test", manual=0.0), cell("ex2_text", manual=0.0), result=broken))


@pytest.mark.parametrize(
    ("kind", "final"), [(SettlementKind.ZERO, 0.0), (SettlementKind.EXCUSED, None), (SettlementKind.AWAITING, None)]
)
def test_nothing_waits_for_what_is_settled(kind: SettlementKind, final: float | None) -> None:
    decision = Settled(by="ada", when=THEN, why="because", kind=kind, handed_in="x")
    found = standing(facts(cell("ex1_test", auto=2.0), cell("ex2_text", needs=True), decisions=(decision,)), OUTLINE)
    assert (found.final, found.open, found.open_points) == (final, (), 0.0)
    again = standing(facts(cell("ex1_test", auto=2.0), cell("ex2_text"), decisions=(decision,), handed_in="y"), OUTLINE)
    assert again.settled is None
    assert [matter.action for matter in again.open] == [Action.GRADE]


def test_how_far_a_group_has_come() -> None:
    nobody = GroupFacts(group="noether")
    assert (standing(nobody, OUTLINE).state, standing(nobody, OUTLINE).open) == (State.NOT_HANDED_IN, ())
    ungraded = GroupFacts(group="noether", has_folder=True, handed_in="x")
    assert (standing(ungraded, OUTLINE).state, actions(ungraded)) == (State.NOT_GRADED, [Action.GRADE])
    assert standing(facts(cell("ex1_test", auto=1.0)), OUTLINE).state is State.GRADED
    assert standing(facts(cell("ex1_test", auto=1.0), handed_in="y"), OUTLINE).state is State.HANDED_IN_AGAIN
    # Results of versions that did not keep what was handed in.
    older = SubmissionResult(sheet="sheet", group="noether")
    assert standing(facts(cell("ex1_test", auto=1.0), result=older), OUTLINE).state is State.GRADED


def test_a_gradebook_that_others_wrote_into_is_put_right_by_grading() -> None:
    kept = result(verdict("ex1_test", 2.0, Outcome.RIGHT))
    assert actions(facts(cell("ex1_test", auto=1.0), result=kept)) == [Action.GRADE]
    moved = Outline(OUTLINE.questions, deadline=DUE + datetime.timedelta(hours=2))
    assert [matter.why for matter in standing(facts(cell("ex1_test", auto=1.0)), moved).open] == [
        "Its deadline has changed since it was graded."
    ]


def test_objections_are_open_until_they_are_answered() -> None:
    objection = Objected(by="noether", when=THEN, why="The sign is right.", line="ex1-1")
    answer = Answered(by="ada", when=THEN, why="It is not.", line="ex1-1")
    assert actions(facts(cell("ex1_test", auto=1.0), decisions=(objection,))) == [Action.ANSWER]
    assert actions(facts(cell("ex1_test", auto=1.0), decisions=(objection, answer))) == []
    assert actions(facts(cell("ex1_test", auto=1.0), decisions=(objection, answer, objection))) == [Action.ANSWER]


def test_lost_criteria_take_the_cases_of_a_test_together() -> None:
    criteria = tuple(
        CriterionResult(name=name, rubric="It is right.", weight=weight, outcome=outcome, fraction=fraction)
        for name, weight, outcome, fraction in (
            ("t.py::test_a[1]", 1.0, Outcome.WRONG, 0.0),
            ("t.py::test_a[2]", 1.0, Outcome.PARTLY_RIGHT, 0.5),
            ("t.py::test_b", 2.0, Outcome.RIGHT, 1.0),
            ("t.py::test_c", 1.0, Outcome.NOT_JUDGED, 0.0),
        )
    )
    kept = result(
        CellResult(notebook="sheet", grade_id="ex1_test", max_points=10.0, points=None, outcome=None, criteria=criteria)
    )
    (lost,) = standing(facts(cell("ex1_test", auto=None), result=kept), OUTLINE).lost
    assert (lost.test, lost.points, lost.outcome) == ("t.py::test_a", 3.0, Outcome.WRONG)


points = st.one_of(st.none(), st.floats(0, 4))


@given(st.lists(st.tuples(points, points, st.booleans()), min_size=1, max_size=6), st.floats(0, 10))
def test_points_add_up_however_they_came(rows: list[tuple[float | None, float | None, bool]], penalty: float) -> None:
    cells = [
        cell(f"ex{number}_test", auto=auto, manual=manual, needs=needs or auto is manual is None)
        for number, (auto, manual, needs) in enumerate(rows)
    ]
    found = standing(facts(*cells, penalty=penalty), OUTLINE)
    total = sum(next((each for each in (manual, auto) if each is not None), 0.0) for auto, manual, _ in rows)
    assert math.isclose(found.points, total, abs_tol=0.001 * len(rows))
    assert found.final is not None
    assert math.isclose(found.final, max(0.0, total - penalty), abs_tol=0.001)
    undecided = sum(auto is manual is None for auto, manual, _ in rows)
    assert found.open_points == 2.0 * undecided
    assert len(found.open_for(Action.MARK)) == undecided
