import pytest

from sheetgrader.results import CellResult, CellRun, CriterionResult, Outcome, Stages, SubmissionResult
from sheetgrader.store.kept_results import changes, history_folder, keep_result, read_history, read_result, result_file


@pytest.fixture
def sheet(builder):
    builder.source(builder.answer("ex1_code", "y = 2"))
    return builder.load().sheet("sheet")


def result(points, *, seconds=0.0):
    cell = CellResult(
        notebook="sheet",
        grade_id="ex1_test",
        max_points=1.0,
        points=points,
        outcome=Outcome.RIGHT,
        criteria=(
            CriterionResult(name="a", rubric="", weight=1.0, outcome=Outcome.RIGHT, fraction=1.0, seconds=seconds),
        ),
    )
    run = CellRun(notebook="sheet", cell="ex1_code", outcome=Outcome.RIGHT, seconds=seconds)
    return SubmissionResult(sheet="sheet", group="ada", cells=(cell,), runs=(run,), stages=Stages(run=seconds))


def test_a_result_is_read_as_it_was_kept(sheet):
    assert read_result(sheet, "ada") is None
    keep_result(sheet, result(0.5), read_result(sheet, "ada"))
    assert read_result(sheet, "ada") == result(0.5)
    assert read_history(sheet, "ada") == []


def test_earlier_results_are_kept_in_order(sheet):
    for number in range(12):
        keep_result(sheet, result(float(number)), read_result(sheet, "ada"))
    assert [earlier.points for earlier in read_history(sheet, "ada")] == [float(number) for number in range(11)]
    assert read_result(sheet, "ada").points == 11.0


def test_a_result_that_differs_in_seconds_only_makes_no_history(sheet):
    keep_result(sheet, result(0.5, seconds=1.0), read_result(sheet, "ada"))
    keep_result(sheet, result(0.5, seconds=2.0), read_result(sheet, "ada"))
    assert not history_folder(sheet, "ada").exists()
    assert read_result(sheet, "ada").stages.run == 2.0


@pytest.mark.parametrize("content", [b"", b"{", b'{"sheet": 3}', b"null", b"\xff"])
def test_a_damaged_result_counts_as_none(sheet, content):
    keep_result(sheet, result(0.5), read_result(sheet, "ada"))
    result_file(sheet, "ada").write_bytes(content)
    assert read_result(sheet, "ada") is None
    keep_result(sheet, result(1.0), read_result(sheet, "ada"))
    assert read_result(sheet, "ada").points == 1.0


def test_changes_are_told_by_cell_and_criterion():
    def criterion(name, outcome):
        return CriterionResult(name=name, rubric="", weight=1.0, outcome=outcome, fraction=0.0)

    def result(*cells):
        return SubmissionResult(sheet="sheet", group="ada", cells=cells)

    def cell(grade_id, points, outcome, *criteria):
        return CellResult(
            notebook="sheet", grade_id=grade_id, max_points=1.0, points=points, outcome=outcome, criteria=criteria
        )

    same = cell("a", 1.0, Outcome.RIGHT)
    old = result(
        same,
        cell("b", 0.5, Outcome.PARTLY_RIGHT, criterion("x", Outcome.RIGHT), criterion("y", Outcome.WRONG)),
        cell("gone", 1.0, Outcome.RIGHT),
    )
    new = result(
        same,
        cell(
            "b",
            0.5,
            Outcome.PARTLY_RIGHT,
            criterion("x", Outcome.WRONG),
            criterion("y", Outcome.WRONG),
            criterion("z", Outcome.RIGHT),
        ),
        cell("new", None, None),
    )
    found = {change.grade_id: change for change in changes(old, new)}
    assert list(found) == ["b", "gone"]
    assert found["b"].criteria == (("x", Outcome.RIGHT, Outcome.WRONG), ("z", None, Outcome.RIGHT))
    assert (found["gone"].points_before, found["gone"].points_after) == (1.0, None)
    assert changes(old, old) == ()
    assert changes(None, new) == ()
