"""Ordinary nbgrader courses, graded by both."""

from __future__ import annotations

import pytest

from .comparing import assert_same_grades, assert_same_outputs, assert_told, result_of
from .courses import AllGraded, grade_both, submissions_of
from .ordinary_courses import BEYOND, CONFIGURED, HANGING, LATE, PLAIN, RANDOM, RARE, REFUSED, REPEATING
from .tampering import REPEATING_ANSWERS

Submitted = tuple[str, str, str]

#: What these cells show differs on purpose, or with the pace at which their output arrives.
_SHOWN_OTHERWISE = (
    "squares_hidden",
    "lone_surrogate",
    "many_lines",
    "many_lines_then_half",
    "many_lines_then_raises",
    "many_lines_then_stderr",
)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> AllGraded:
    return grade_both([PLAIN, HANGING, CONFIGURED, REPEATING, *LATE], tmp_path_factory.mktemp("ordinary"))


@pytest.fixture(scope="module")
def graded_rarely(tmp_path_factory: pytest.TempPathFactory) -> AllGraded:
    return grade_both([RARE, RANDOM, REFUSED, BEYOND], tmp_path_factory.mktemp("rare"))


@pytest.mark.parametrize("submission", submissions_of(PLAIN, HANGING), ids="-".join)
def test_every_cell_has_the_same_score(graded: AllGraded, submission: Submitted) -> None:
    assert_same_grades(graded[submission])


@pytest.mark.parametrize("submission", submissions_of(PLAIN, HANGING), ids="-".join)
def test_every_notebook_shows_the_same(graded: AllGraded, submission: Submitted) -> None:
    grades = graded[submission].nbgrader.grades
    assert grades is not None
    for name in grades.scores:
        assert_same_outputs(graded[submission], name, hidden=_SHOWN_OTHERWISE)


@pytest.mark.parametrize("submission", submissions_of(CONFIGURED), ids="-".join)
def test_the_courses_configuration_counts(graded: AllGraded, submission: Submitted) -> None:
    if submission[2] == "excluded":
        assert graded[submission].nbgrader.grades is None
        assert graded[submission].sheetgrader.grades is None
    else:
        assert_same_grades(graded[submission])


@pytest.mark.parametrize("submission", submissions_of(*LATE), ids="-".join)
def test_late_submissions_have_the_same_penalty(graded: AllGraded, submission: Submitted) -> None:
    assert_same_grades(graded[submission])
    grades = graded[submission].sheetgrader.grades
    assert grades is not None
    assert (grades.seconds_late > 0) == (submission[2] != "no_timestamp")


@pytest.mark.parametrize("submission", submissions_of(REPEATING), ids="-".join)
def test_repeated_cells_are_graded_where_nbgrader_gives_up(graded: AllGraded, submission: Submitted) -> None:
    both = graded[submission]
    assert both.nbgrader.ended.status != 0
    grades = both.sheetgrader.grades
    assert grades is not None
    assert grades.scores == {"squares": REPEATING_ANSWERS[submission[2]][1]}
    [note] = result_of(both.sheetgrader).notes
    assert "the last one counts" in note


@pytest.mark.slow
@pytest.mark.parametrize("submission", submissions_of(RARE), ids="-".join)
def test_every_cell_has_the_same_score_after_what_few_do(graded_rarely: AllGraded, submission: Submitted) -> None:
    assert_same_grades(graded_rarely[submission])


@pytest.mark.slow
@pytest.mark.parametrize("submission", submissions_of(RANDOM), ids="-".join)
def test_every_cell_has_the_same_score_after_random_mishaps(graded_rarely: AllGraded, submission: Submitted) -> None:
    both = graded_rarely[submission]
    if both.nbgrader.ended.status == 0:
        assert_same_grades(both)
    else:
        result = result_of(both.sheetgrader)
        assert result.error or result.notes


@pytest.mark.slow
@pytest.mark.parametrize("submission", submissions_of(REFUSED), ids="-".join)
def test_what_nbgrader_refuses_for_one_cell_costs_no_other(graded_rarely: AllGraded, submission: Submitted) -> None:
    both = graded_rarely[submission]
    assert both.nbgrader.ended.status != 0
    result = result_of(both.sheetgrader)
    assert not result.error
    points = {cell.grade_id: cell.points for cell in result.cells}
    # A test that is called otherwise is no test of the sheet's; its own is put back, for a tutor.
    assert points["squares_small"] == (None if submission[2] == "renamed_test" else 1.0)
    assert None not in (points["squares_hidden"], points["root_close"])


@pytest.mark.slow
@pytest.mark.parametrize("submission", submissions_of(BEYOND), ids="-".join)
def test_what_nbgrader_gives_up_on_costs_only_its_own_cell(graded_rarely: AllGraded, submission: Submitted) -> None:
    graded = graded_rarely[submission].sheetgrader
    result = result_of(graded)
    if submission[1] == "damaged":
        assert "damaged.ipynb" in result.error
        assert_told(graded, result.error)
        return
    points = {cell.grade_id: cell.points for cell in result.cells}
    # The cell that quits is one that counts for nothing; without it the test that follows holds.
    lost = {"over": None, "infinite": None, "quits": 1.0}.get(
        submission[2] if submission[1] == "dies" else submission[1], 0.0
    )
    assert points == {"lost": lost, "kept": 1.0}
