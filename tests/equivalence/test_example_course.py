"""nbgrader's own example course, graded by both."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Final

import nbgrader
import pytest

from .commands import Command, run_commands
from .comparing import assert_same_grades, assert_same_outputs
from .courses import AllGraded, Assignment, CourseDescription, Submission, grade_both, submissions_of

_GUIDE: Final = Path(nbgrader.__file__).parent / "docs/source/user_guide"


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".ipynb"}


def _notebooks(folder: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in folder.glob("*.ipynb")}


def _example() -> CourseDescription:
    groups = {group: _GUIDE / "submitted" / group / "ps1" for group in ("bitdiddle", "hacker")}
    source = _GUIDE / "source/ps1"
    submissions = {group: Submission(_notebooks(folder), _files(folder)) for group, folder in groups.items()}
    header = {"source/header.ipynb": (_GUIDE / "source/header.ipynb").read_bytes()}
    return CourseDescription(
        "example", [Assignment("ps1", _notebooks(source), submissions, _files(source))], files=header
    )


_EXAMPLE: Final = _example()


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> AllGraded:
    return grade_both([_EXAMPLE], tmp_path_factory.mktemp("example"))


@pytest.mark.parametrize("submission", submissions_of(_EXAMPLE), ids="-".join)
def test_every_cell_has_the_same_score(graded: AllGraded, submission: tuple[str, str, str]) -> None:
    assert_same_grades(graded[submission])
    for name in ("problem1", "problem2"):
        assert_same_outputs(graded[submission], name)


def test_nbgrader_goes_on_from_our_result(graded: AllGraded) -> None:
    theirs = {both.nbgrader.group: both.nbgrader.folder for both in graded.values()}
    [ours] = {both.sheetgrader.folder for both in graded.values()}
    following = (("nbgrader", "generate_feedback", "ps1"), ("nbgrader", "export"))
    ended = run_commands([Command(str(folder), line) for line in following] for folder in (ours, *theirs.values()))
    assert [end.status for queue in ended for end in queue] == [0] * 6, ended
    for group, folder in theirs.items():
        for name in ("problem1", "problem2"):
            mine, other = (_points_shown(root / "feedback" / group / "ps1" / f"{name}.html") for root in (ours, folder))
            assert mine == other
        assert _exported(ours)[group] == _exported(folder)[group]


def _points_shown(page: Path) -> list[str]:
    shown = re.findall(r"Score: \s*[\d.]+\s*/\s*[\d.]+", page.read_text())
    assert shown
    return shown


def _exported(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "grades.csv").open(newline="") as table:
        return {row["student_id"]: row for row in csv.DictReader(table)}
