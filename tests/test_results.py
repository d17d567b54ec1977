from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.results import CellResult, CriterionResult, Outcome, Stages, SubmissionResult, encode_json, worst

SHORT_TEXT = st.text(max_size=10)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
CRITERIA = st.builds(
    CriterionResult,
    name=SHORT_TEXT,
    rubric=SHORT_TEXT,
    weight=FINITE,
    outcome=st.sampled_from(Outcome),
    fraction=st.floats(0, 1),
    message=SHORT_TEXT,
    hint=SHORT_TEXT,
    detail=SHORT_TEXT,
    seconds=FINITE,
    seed=st.integers(0, 2**63 - 1),
    unmet=st.lists(SHORT_TEXT, max_size=2).map(tuple),
)
CELLS = st.builds(
    CellResult,
    notebook=SHORT_TEXT,
    grade_id=SHORT_TEXT,
    max_points=FINITE,
    points=st.none() | FINITE,
    outcome=st.none() | st.sampled_from(Outcome),
    criteria=st.lists(CRITERIA, max_size=3).map(tuple),
    message=SHORT_TEXT,
)
SUBMISSIONS = st.builds(
    SubmissionResult,
    sheet=SHORT_TEXT,
    group=SHORT_TEXT,
    cells=st.lists(CELLS, max_size=3).map(tuple),
    notes=st.lists(SHORT_TEXT).map(tuple),
)


def cell(points: float | None, max_points: float) -> CellResult:
    return CellResult(notebook="sheet", grade_id="cell", points=points, max_points=max_points, outcome=None)


@given(SUBMISSIONS)
def test_a_result_comes_back_from_json_as_it_was(result: SubmissionResult) -> None:
    assert msgspec.json.decode(encode_json(result), type=SubmissionResult) == result


def test_a_criterion_that_was_kept_before_there_were_conditions_counts() -> None:
    kept = b'{"name": "test_x", "rubric": "x", "weight": 1, "outcome": "right", "fraction": 1}'
    found = msgspec.json.decode(kept, type=CriterionResult)
    assert (found.unmet, found.why_it_does_not_count) == ((), "")


def test_points_that_a_human_decides_count_as_none_so_far() -> None:
    result = SubmissionResult(sheet="sheet", group="group", cells=(cell(1.5, 2.0), cell(None, 4.0), cell(0.0, 1.0)))
    assert result.points == 1.5
    assert result.max_points == 7.0


def test_a_submission_without_cells_has_no_points() -> None:
    result = SubmissionResult(sheet="sheet", group="group")
    assert (result.points, result.max_points) == (0, 0)


def test_the_frameworks_time_leaves_out_the_students() -> None:
    assert Stages(prepare=1, fork=2, student=100, run=4, judge=8, record=16).framework == 31


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ((), Outcome.RIGHT),
        ((Outcome.RIGHT, Outcome.RIGHT), Outcome.RIGHT),
        ((Outcome.WRONG, Outcome.WRONG), Outcome.WRONG),
        ((Outcome.RAISED, Outcome.RAISED), Outcome.RAISED),
        ((Outcome.WRONG, Outcome.RAISED), Outcome.WRONG),
        ((Outcome.RIGHT, Outcome.WRONG), Outcome.PARTLY_RIGHT),
        ((Outcome.RIGHT, Outcome.RAISED), Outcome.PARTLY_RIGHT),
        ((Outcome.PARTLY_RIGHT,), Outcome.PARTLY_RIGHT),
        ((Outcome.RIGHT, Outcome.TIMED_OUT), Outcome.TIMED_OUT),
        ((Outcome.WRONG, Outcome.OUT_OF_DISK), Outcome.OUT_OF_DISK),
        ((Outcome.RIGHT, Outcome.NOT_JUDGED, Outcome.KERNEL_DIED), Outcome.NOT_JUDGED),
    ],
    ids=lambda value: "+".join(outcome.name for outcome in value) if isinstance(value, tuple) else value.name,
)
def test_the_worst_outcome_names_the_cell(outcomes: tuple[Outcome, ...], expected: Outcome) -> None:
    assert worst(outcomes) is expected


@given(st.lists(st.sampled_from(Outcome), min_size=1))
def test_a_cell_is_right_or_wrong_only_where_all_its_criteria_are(outcomes: list[Outcome]) -> None:
    assert (worst(outcomes) is Outcome.RIGHT) == all(outcome is Outcome.RIGHT for outcome in outcomes)
    if worst(outcomes) is Outcome.WRONG:
        assert set(outcomes) <= {Outcome.WRONG, Outcome.RAISED}


@given(st.permutations(list(Outcome)), st.integers(1, len(Outcome)))
def test_the_order_of_criteria_does_not_matter(outcomes: list[Outcome], count: int) -> None:
    assert worst(outcomes[:count]) is worst(reversed(outcomes[:count]))
