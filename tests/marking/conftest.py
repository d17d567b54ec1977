"""A course to be marked, written once and copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sheetgrader.course.directory import Sheet

from ..conftest import CourseBuilder
from .courses import write_course

TEXTS = {
    "ada": "Because  it is\nso.",
    "emmy": "Because it is so.",
    "kurt": "YOUR ANSWER HERE",
    "grace": "Something else.",
    "alan": "  \n",
}


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course that every test gets a copy of."""
    builder = CourseBuilder(tmp_path_factory.mktemp("written") / "course")
    write_course(builder, TEXTS)
    return builder.root


@pytest.fixture
def builder(written: Path, tmp_path: Path) -> CourseBuilder:
    return CourseBuilder(Path(shutil.copytree(written, tmp_path / "course")))


@pytest.fixture
def sheet(builder: CourseBuilder) -> Sheet:
    return builder.load().sheet("sheet")
