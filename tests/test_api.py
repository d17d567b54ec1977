"""The example of docs/api.md does what it says, on a small course."""

from __future__ import annotations

import multiprocessing
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sheetgrader.api import Action, GradeReport, Started, State, open_course
from sheetgrader.errors import UsageError

if TYPE_CHECKING:
    from tests.conftest import CourseBuilder

PAGE = Path(__file__).parents[1] / "docs" / "api.md"


@pytest.fixture
def course(builder: CourseBuilder) -> CourseBuilder:
    cells = (
        builder.answer("ex1_code", "### BEGIN SOLUTION\nx = 2\n### END SOLUTION"),
        builder.tests("ex1_test", "assert x == 2"),
    )
    builder.source(*cells)
    for group, answer in {"ada": "x = 2", "bob": "x = 3"}.items():
        builder.submit(group, builder.answer("ex1_code", answer), builder.tests("ex1_test", "assert x == 2"))
    builder.write("submitted/eve/sheet/sheet.ipynb", "{")
    builder.write("nbgrader_config.py", "c = get_config()\nc.Sheetgrader.preload = []\n")
    return builder


def test_the_documented_example_runs(
    course: CourseBuilder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(course.root)
    exec(compile(example, str(PAGE), "exec"), {})  # noqa: S102  # our own documentation
    lines = capsys.readouterr().out.splitlines()
    assert "ada 1.0 of 1.0" in lines
    assert "bob 0.0 of 1.0" in lines
    assert any(line.startswith("eve needs a person: sheet.ipynb is no notebook") for line in lines)
    assert any(line.startswith("2 graded in") for line in lines)
    assert [line for line in lines if line.endswith("lost: []")] == [
        "ada 1.0 lost: []",
        "bob 0.0 lost: []",
        "eve 0.0 lost: []",
    ]


def test_a_course_is_looked_at_without_starting_anything(course: CourseBuilder) -> None:
    with open_course(course.root) as opened:
        assert opened.sheets() == ["sheet"]
        assert opened.groups("sheet") == ["ada", "bob", "eve"]
        assert opened.result("sheet", "ada") is None
        with pytest.raises(UsageError, match="there is no sheet 'other'"):
            opened.groups("other")
        with pytest.raises(UsageError, match="the group 'adda' has nothing in submitted/ for sheet; did you mean ada"):
            opened.grade("sheet", ["adda"])


def test_where_everybody_stands(course: CourseBuilder) -> None:
    with open_course(course.root) as opened:
        assert {each.state for each in opened.standings("sheet").values()} == {State.NOT_GRADED}
        opened.grade("sheet").report()
        found = opened.standings("sheet")
    assert {name: each.state for name, each in found.items()} == {
        "ada": State.GRADED,
        "bob": State.GRADED,
        "eve": State.CANNOT_BE_GRADED,
    }
    assert [matter.action for matter in found["eve"].open] == [Action.SETTLE]


def test_grading_again_leaves_what_has_not_changed_as_it_is(course: CourseBuilder) -> None:
    with open_course(course.root) as opened:
        first = opened.grade("sheet", ["ada"]).report()
        again = opened.grade("sheet", ["ada"]).report()
        forced = opened.grade("sheet", ["ada"], force=True).report()
    assert [statuses(report) for report in (first, again, forced)] == [["graded"], ["already graded"], ["graded"]]


def test_a_course_that_is_closed_leaves_no_worker_behind(course: CourseBuilder) -> None:
    before = set(multiprocessing.active_children())
    with open_course(course.root) as opened:
        grading = opened.grade("sheet", workers=1)
        assert any(isinstance(event, Started) for event in grading), "and the caller goes on with something else"
        assert set(multiprocessing.active_children()) > before
    assert set(multiprocessing.active_children()) == before
    assert grading.report().interrupted


def test_a_number_of_workers_below_zero_is_one_sentence(course: CourseBuilder) -> None:
    with open_course(course.root) as opened, pytest.raises(UsageError, match="workers is -1; give 0 or more"):
        opened.grade("sheet", workers=-1)


def statuses(report: GradeReport) -> list[str]:
    return [group.status for group in report.groups]


def test_an_empty_list_of_groups_grades_nobody_and_a_text_is_no_list(course: CourseBuilder) -> None:
    with open_course(course.root) as opened:
        assert opened.grade("sheet", []).report().groups == ()
        with pytest.raises(UsageError, match="groups is a list of names"):
            opened.grade("sheet", "ada")
