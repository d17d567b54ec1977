"""Rubrics as TOML that people write by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheetgrader.errors import CourseError
from sheetgrader.marking.rubric_toml import decode


def test_a_number_of_thousands_of_digits_is_told_in_a_sentence() -> None:
    text = f'[[sheet.cell]]\nid = "a"\npoints = {"9" * 5000}\n'
    with pytest.raises(CourseError, match=r"rubric\.toml is no TOML"):
        decode(text, Path("rubric.toml"))
