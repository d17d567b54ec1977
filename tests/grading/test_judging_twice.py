"""Answers that train are judged once more where they fail, and everything where that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from sheetgrader.grading.worker import grade_submission
from sheetgrader.items import GradedSubmission, WorkItem
from sheetgrader.kernels.launcher import ZygoteConnection
from sheetgrader.results import CellResult, Outcome

#: Twenty cases, so that luck is not alike in all of them twice.
GRADERS = '''
import pytest
from sheetgrader import Wrong, criterion, fetch, numbers

@criterion("ex1", trains=True)
@pytest.mark.parametrize("case", range(20))
def test_trained(student, rng, case):
    """The trained network is right."""
    if not student.trained():
        raise Wrong(f"It is wrong for {rng.integers(1 << 60)}.")

@criterion("ex1")
def test_runs(student, memory, outputs):
    """How often the cells have run is what was put out."""
    assert memory.get("runs", lambda: fetch(student.runs)) == 1
    assert outputs["ex1_code"] == "run\\n"

@criterion("ex2")
def test_name(student):
    """The name is given."""
    assert fetch(student.name) == "noether"
'''
LUCK = "import os\nruns = 1\nprint('run')\ndef trained():\n    return os.urandom(1)[0] < 128"
NAME = [("ex2_code", "name = 'noether'"), ("ex2_test", "#")]

Judge = Callable[..., GradedSubmission]


@pytest.fixture
def judge(make_item: Callable[..., WorkItem], connection: ZygoteConnection) -> Judge:
    """Grade an answer to question 1, and count the kernels."""

    def run(answer: str, *, twice: bool = False, graders: str = GRADERS, **options: Any) -> GradedSubmission:
        item = make_item([("ex1_code", answer), ("ex1_test", "#"), *NAME], graders, **options)
        return grade_submission(msgspec.structs.replace(item, twice=twice), connection)

    return run


def cells_of(graded: GradedSubmission) -> tuple[CellResult, CellResult]:
    first, second = graded.result.cells
    return first, second


def test_luck_in_training_is_for_a_person(judge: Judge) -> None:
    cell, other = cells_of(judge(LUCK))
    assert (cell.points, cell.outcome) == (None, Outcome.NOT_JUDGED)
    assert cell.message == "The same answer was judged more than once and not always alike, so a tutor decides."
    unstable = [criterion for criterion in cell.criteria if criterion.unstable]
    assert unstable
    # Only what failed was judged once more.
    assert {criterion.outcome for criterion in unstable} == {Outcome.WRONG}
    assert all("right the second time" in criterion.remark for criterion in unstable)
    assert (other.points, other.criteria[0].remark) == (1.0, "")


def test_what_fails_twice_has_failed_and_the_first_judgement_counts(judge: Judge) -> None:
    graded = judge("runs = 1\nprint('run')\ndef trained(): return False")
    cell = cells_of(graded)[0]
    assert cell.points == 0.5
    *trained, runs = cell.criteria
    assert all(criterion.remark.endswith("the first judgement counts.") for criterion in trained)
    assert (runs.outcome, runs.remark) == (Outcome.RIGHT, "")
    assert [run.cell for run in graded.result.runs].count("ex1_code") == 1


def test_what_trains_and_is_right_is_judged_once(judge: Judge) -> None:
    graded = judge("import time\nruns = 1\nprint('run')\ntime.sleep(0.2)\ndef trained(): return True")
    assert cells_of(graded)[0].points == 1.0
    assert graded.result.stages.student < 0.4


def test_all_is_judged_twice_where_that_is_asked_for(judge: Judge) -> None:
    graders = GRADERS.replace(", trains=True", "")
    once, twice = cells_of(judge(LUCK, graders=graders))[0], cells_of(judge(LUCK, graders=graders, twice=True))[0]
    assert once.points is not None
    assert not any(criterion.unstable for criterion in once.criteria)
    assert twice.points is None
    both = {criterion.outcome for criterion in twice.criteria if criterion.unstable}
    assert both == {Outcome.RIGHT, Outcome.WRONG}


def test_without_time_for_a_second_judgement_the_first_one_counts(judge: Judge) -> None:
    slow = "import time\nruns = 1\nprint('run')\ntime.sleep(2.5)\ndef trained(): return False"
    graded = judge(slow, submission_seconds=4.0)
    assert cells_of(graded)[0].points == 0.5
    assert graded.result.notes == (
        "There was no time to judge this submission a second time; the first judgement counts.",
    )
