"""A course that version 0.1.0 graded opens today, and is graded again without losing anything that people did.

``graded_by_0_1_0/`` holds two sheets: one with hidden graders, an answer and a task that a tutor has marked, a score
that a tutor has changed, extra credit, a late hand-in, a damaged notebook and a second hand-in; and an ordinary one of
nbgrader's.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from sheetgrader.api import OpenCourse, open_course
from sheetgrader.course.directory import Course
from sheetgrader.report.feedback import MAKER, FeedbackWriter
from sheetgrader.report.page_process import PageProcess
from sheetgrader.store.final_scores import FinalScore, read_final_scores
from sheetgrader.store.standings import read_standings

KEPT = Path(__file__).with_name("graded_by_0_1_0")
SHEETS = {"warm_up": ["ada", "emmy", "grace", "kurt"], "ordinary": ["ada", "emmy"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the course."""
    return Path(shutil.copytree(KEPT, tmp_path / "course"))


@pytest.fixture
def course(folder: Path) -> Iterator[OpenCourse]:
    with open_course(folder) as opened:
        yield opened


def scores(folder: Path) -> dict[tuple[str, str], FinalScore]:
    loaded = Course.load(folder)
    return {
        (sheet, group): score for sheet in SHEETS for group, score in read_final_scores(loaded.sheet(sheet)).items()
    }


def answers_in(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Return the sources in ``autograded/`` by file and cell."""
    return {
        str(path.relative_to(folder)): [
            (cell.cell_type, cell.source) for cell in nbformat.read(path, as_version=4).cells
        ]
        for path in sorted(folder.glob("autograded/**/*.ipynb"))
    }


def test_it_opens_with_its_scores_marks_and_results(course: OpenCourse, folder: Path) -> None:
    assert course.sheets() == sorted(SHEETS)
    for sheet, groups in SHEETS.items():
        assert list(course.scores(sheet)) == groups
        for group in groups:
            result = course.result(sheet, group)
            assert result is not None
            assert (result.sheet, result.group) == (sheet, group)
    (earlier,) = course.earlier_results("warm_up", "emmy")
    assert earlier.cells
    final = scores(folder)
    points = {(sheet, group): score.points for (sheet, group), score in final.items()}
    # Late hand-ins get nothing in this course, and the damaged notebook waits for a person.
    assert points == {
        ("warm_up", "ada"): 8.5,
        ("warm_up", "emmy"): 2.5,
        ("warm_up", "grace"): 0.0,
        ("warm_up", "kurt"): 0.0,
        ("ordinary", "ada"): 3.0,
        ("ordinary", "emmy"): 0.75,
    }


@pytest.mark.parametrize("force", [False, True], ids=["as it comes", "forced"])
def test_it_is_graded_again_and_nothing_is_lost_and_no_mark_flagged(
    course: OpenCourse, folder: Path, *, force: bool
) -> None:
    before, sources = scores(folder), answers_in(folder)
    for sheet, groups in SHEETS.items():
        report = course.grade(sheet, force=force).report()
        assert [group.group for group in report.groups] == groups
        assert not [change for group in report.groups for change in group.changes]
    assert scores(folder) == before
    # Today a notebook that nobody can open stands there as well, without answers, for points to be given.
    now = answers_in(folder)
    assert now.keys() - sources.keys() == {"autograded/kurt/warm_up/warm_up.ipynb"}
    assert {path: now[path] for path in sources} == sources
    marked = [cell for score in before.values() for cell in score.cells if cell.manual_points is not None]
    assert len(marked) == 8
    assert not any(cell.needs_manual_grade for cell in marked)


def test_an_answer_that_changes_asks_for_another_look_at_its_own_mark_alone(course: OpenCourse, folder: Path) -> None:
    path = folder / "submitted/emmy/warm_up/warm_up.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("Because.", "Because of its sign."), encoding="utf-8")
    course.grade("warm_up", ["emmy"]).report()
    cells = {cell.grade_id: cell for cell in scores(folder)[("warm_up", "emmy")].cells}
    assert cells["ex3_text"].manual_points == 0.5
    assert [name for name, cell in cells.items() if cell.needs_manual_grade] == ["ex3_text"]


def test_its_pages_are_written_again(folder: Path) -> None:
    sheet = Course.load(folder).sheet("warm_up")
    with PageProcess(MAKER) as process:
        writer = FeedbackWriter(sheet, process)
        standings = read_standings(sheet)
        pages = {group: writer.write(score, standings[group]) for group, score in read_final_scores(sheet).items()}
    for group, score in read_final_scores(sheet).items():
        assert Path(pages[group].path).stat().st_size > 1000
        assert (pages[group].points, pages[group].left_out) == (score.points, ""), group
