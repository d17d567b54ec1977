"""What is committed in ``release/`` is what ``source/`` generates."""

from pathlib import Path

import pytest

from sheetgrader.course.directory import Course
from sheetgrader.release.release import differences

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(folder.name for folder in (ROOT / "release").iterdir()))
def test_the_released_skeleton_is_up_to_date(name):
    assert differences(Course.load(ROOT).sheet(name)) == []
