import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook, new_output

from sheetgrader.execution.comparing import differences, outcomes_then
from sheetgrader.results import CellResult, CellRun, CriterionResult, Outcome, SubmissionResult
from sheetgrader.store.final_scores import FinalCell, FinalScore


def then(auto, *, manual=None):
    cell = FinalCell(notebook="n", grade_id="ex1_test", max_points=2.0, auto_points=auto, manual_points=manual,
                     extra_credit=0.0, needs_manual_grade=auto is None)  # fmt: skip
    return FinalScore(group="ada", cells=(cell,), comments=(), late_penalty=0.0, timestamp=None, deadline=None)


def now(points, outcome=Outcome.RIGHT, *, run=None, criteria=(), message=""):
    cell = CellResult(notebook="n", grade_id="ex1_test", max_points=2.0, points=points, outcome=outcome,
                      criteria=criteria, message=message)  # fmt: skip
    return SubmissionResult(sheet="sheet", group="ada", cells=(cell,), runs=() if run is None else (run,))


POINTS = st.none() | st.floats(0, 2)


@settings(deadline=None)
@given(before=POINTS, after=POINTS)
def test_a_cell_is_told_of_exactly_where_its_points_differ(before, after):
    found = differences(then(before), now(after))
    assert bool(found) == (before != after and (None in (before, after) or abs(before - after) > 1e-9))
    assert all((each.then, each.now) == (before, after) and each.reason for each in found)


def test_a_tutors_points_are_not_compared():
    assert not differences(then(0.0, manual=2.0), now(0.0))


CRITERION = CriterionResult(
    name="t", rubric="It doubles.", weight=1.0, outcome=Outcome.WRONG, fraction=0.0, message="No."
)
STOPPED = CellRun(notebook="n", cell="ex1_test", outcome=Outcome.TIMED_OUT, message="it was stopped after 30 s")


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (now(0.0, Outcome.TIMED_OUT, run=STOPPED), "then: it passed; now: it was stopped after 30 s"),
        (now(0.0, Outcome.WRONG, criteria=(CRITERION,)), "then: it passed; now: a hidden grader: It doubles. No"),
        (now(None, Outcome.NOT_JUDGED, message="The grader failed."), "then: it passed; now: the grader failed"),
        (now(1.0, Outcome.PARTLY_RIGHT), "then: it passed; now: partly right"),
        (SubmissionResult(sheet="sheet", group="ada"), "the sheet has no such cell now"),
    ],
)  # fmt: skip
def test_the_reason_says_what_became_of_it_then_and_now(result, reason):
    (found,) = differences(then(2.0), result, then=lambda _: {"ex1_test": "it passed"})
    assert found.reason == reason
    (again,) = differences(then(2.0), result, then=lambda _: {"ex1_test": "it passed"}, handed_in_again=True)
    assert again.reason == f"it was handed in again since; {reason}"


def test_what_became_of_cells_then_is_read_from_their_outputs(tmp_path):
    path = tmp_path / "n.ipynb"

    def cell(name, *outputs):
        return new_code_cell("", metadata={"nbgrader": {"grade_id": name}}, outputs=list(outputs))

    nbformat.write(
        new_notebook(
            cells=[
                cell("failed", new_output("error", ename="E", evalue="\x1b[31mv", traceback=[])),
                cell("warned", new_output("stream", name="stderr", text="careful\n")),
                cell("partly", new_output("execute_result", data={"text/plain": "0.5"})),
                cell("passed", new_output("stream", name="stdout", text="x")),
            ]
        ),
        path,
    )
    assert outcomes_then(path) == {
        "failed": "E: v",
        "warned": "it wrote to stderr: careful",
        "partly": "it returned 0.5",
        "passed": "it passed",
    }
    path.write_text('{"cells": [{"cell_type": 1}]}')
    assert outcomes_then(path) == {}
    assert outcomes_then(tmp_path / "missing.ipynb") == {}
