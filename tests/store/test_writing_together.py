"""``grade``, another ``grade --group`` and the formgrader write into one gradebook at the same time."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from sheetgrader.course.directory import Course
from sheetgrader.store.final_scores import read_final_scores
from sheetgrader.store.gradebook import gradebook_writer
from sheetgrader.store.kept_results import read_result
from sheetgrader.store.material import build_item

from ..conftest import CourseBuilder
from .test_gradebook import graded
from .test_gradebook_on_postgresql import db_url as db_url
from .test_gradebook_on_postgresql import pytestmark as _needs_a_server
from .test_gradebook_on_postgresql import server as server

#: Submissions that each of the three writes.
ROUNDS = 12
#: What nobody should have to wait.
MOST_SECONDS = 5.0
PROJECT = Path(__file__).parents[2]


def grade_again_and_again(root: Path, groups: list[str]) -> float:
    """Record results as ``grade`` does, that of the last round with all points; return the longest wait in seconds."""
    sheet = Course.load(root).sheet("sheet")
    slowest = 0.0
    with gradebook_writer(sheet) as writer:
        for number in range(ROUNDS):
            for group in groups:
                item = build_item(sheet, group)
                points = 1.0 if number == ROUNDS - 1 else number / ROUNDS
                begun = time.monotonic()
                writer.record(graded(item, points), item, read_result(sheet, group))
                slowest = max(slowest, time.monotonic() - begun)
    return slowest


def mark_again_and_again(root: Path, groups: list[str]) -> float:
    """Set points as the formgrader's handlers do, each in a transaction of its own; return the longest wait."""
    slowest = 0.0
    with Gradebook(Course.load(root).db_url) as gradebook:
        for number in range(1, ROUNDS + 1):
            for group in groups:
                begun = time.monotonic()
                grade = gradebook.find_grade("ex1_text", "sheet", "sheet", group)
                grade.manual_score, grade.needs_manual_grade = number / ROUNDS, False
                gradebook.db.commit()
                slowest = max(slowest, time.monotonic() - begun)
    return slowest


WRITERS = {"grade": grade_again_and_again, "mark": mark_again_and_again}


def check_that_nothing_is_lost(builder: CourseBuilder, url: str) -> None:
    builder.write("nbgrader_config.py", f"c = get_config()\nc.CourseDirectory.db_url = {url!r}\n")
    cells = (builder.answer("ex1_code", "y = 1"), builder.tests("ex1_test", "assert y", points=4.0))
    builder.source(*cells, builder.answer("ex1_text", "Because.", points=2.0, markdown=True))
    for group in ("ada", "emmy", "kurt"):
        builder.submit(group, *cells, builder.answer("ex1_text", f"As {group} says.", points=2.0, markdown=True))
    sheet = builder.load().sheet("sheet")
    for group in ("ada", "emmy", "kurt"):
        item = build_item(sheet, group)
        with gradebook_writer(sheet) as writer:
            writer.record(graded(item, 0.0), item, None)
    writers = [
        subprocess.Popen(
            [sys.executable, "-m", __name__, what, builder.root, *groups],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for what, *groups in (("grade", "ada", "emmy"), ("grade", "kurt"), ("mark", "ada", "kurt"))
    ]
    told = [process.communicate(timeout=240) for process in writers]
    assert [process.returncode for process in writers] == [0, 0, 0], told
    assert max(float(slowest) for slowest, _ in told) < MOST_SECONDS
    found = {
        group: {cell.grade_id: (cell.auto_points, cell.manual_points) for cell in score.cells}
        for group, score in read_final_scores(sheet).items()
    }
    assert found == {
        "ada": {"ex1_test": (4.0, None), "ex1_text": (None, 1.0)},
        "emmy": {"ex1_test": (4.0, None), "ex1_text": (None, None)},
        "kurt": {"ex1_test": (4.0, None), "ex1_text": (None, 1.0)},
    }
    assert all(read_result(sheet, group).points == 4.0 for group in found)


def test_in_sqlite(builder: CourseBuilder) -> None:
    check_that_nothing_is_lost(builder, f"sqlite:///{builder.root}/gradebook.db")


@_needs_a_server
def test_in_postgresql(builder: CourseBuilder, request: pytest.FixtureRequest) -> None:
    check_that_nothing_is_lost(builder, request.getfixturevalue("db_url"))


if __name__ == "__main__":
    print(WRITERS[sys.argv[1]](Path(sys.argv[2]), sys.argv[3:]))  # read by the test that started it
