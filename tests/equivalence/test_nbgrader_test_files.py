"""Every notebook of nbgrader's own tests, graded by both."""

from __future__ import annotations

import pytest

from .comparing import assert_same_grades, assert_same_outputs, assert_told, result_of
from .courses import AllGraded, grade_both, submissions_of
from .nbgrader_files import GRADABLE, HANGING, LONG, REFUSED, UNRELEASABLE

Submitted = tuple[str, str, str]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> AllGraded:
    return grade_both([GRADABLE, HANGING, REFUSED, UNRELEASABLE], tmp_path_factory.mktemp("nbgrader"))


@pytest.fixture(scope="module")
def graded_slowly(tmp_path_factory: pytest.TempPathFactory) -> AllGraded:
    return grade_both([LONG], tmp_path_factory.mktemp("nbgrader-slow"))


@pytest.mark.parametrize("submission", submissions_of(GRADABLE, HANGING), ids="-".join)
def test_every_cell_has_the_same_score(graded: AllGraded, submission: Submitted) -> None:
    assert_same_grades(graded[submission])


@pytest.mark.parametrize("submission", submissions_of(GRADABLE, HANGING), ids="-".join)
def test_every_notebook_shows_the_same(graded: AllGraded, submission: Submitted) -> None:
    grades = graded[submission].nbgrader.grades
    assert grades is not None
    for name in grades.scores:
        assert_same_outputs(
            graded[submission],
            name,
            hidden=("test_hidden", "correct_squares", "squares_invalid_input", "correct_sum_of_squares"),
        )


@pytest.mark.parametrize("submission", submissions_of(REFUSED), ids="-".join)
def test_what_nbgrader_refuses_keeps_its_answers(graded: AllGraded, submission: Submitted) -> None:
    both = graded[submission]
    assert both.nbgrader.ended.status != 0
    assert both.nbgrader.notebook("p1") is None
    assert both.sheetgrader.notebook("p1") is not None
    result = result_of(both.sheetgrader)
    assert result.error == ""
    points = {cell.grade_id: cell.points for cell in result.cells}
    if submission[2].startswith("test-v"):
        assert [points[name] for name in ("correct_squares", "correct_sum_of_squares")] == [1.0, 0.5]


@pytest.mark.parametrize("submission", submissions_of(UNRELEASABLE), ids="-".join)
def test_sources_that_nbgrader_cannot_release_are_refused_in_a_sentence(
    graded: AllGraded, submission: Submitted
) -> None:
    both = graded[submission]
    assert both.nbgrader.ended.status != 0
    assert both.sheetgrader.ended.status == 2
    assert both.sheetgrader.grades is None
    assert_told(both.sheetgrader, f"source/{submission[1]}")
    assert len(both.sheetgrader.ended.output.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("submission", submissions_of(LONG), ids="-".join)
def test_every_cell_of_a_long_notebook_has_the_same_score(graded_slowly: AllGraded, submission: Submitted) -> None:
    assert_same_grades(graded_slowly[submission])
