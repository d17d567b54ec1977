from __future__ import annotations

import pytest

from sheetgrader.course.durations import duration_text, parse_duration
from sheetgrader.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("3d", 259200), ("36h", 129600), ("1d 12h", 129600), ("90m", 5400), ("0", 0), (" 2h30m ", 9000)],
)
def test_durations_as_people_write_them(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "3", "3 weeks", "-1d", "1h 2d", "d", "99999d", "٣d"])
def test_what_is_no_duration_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="no duration; write days"):
        parse_duration(text)


def test_the_two_largest_units_are_said() -> None:
    assert duration_text(90061) == "1 day 1 hour"
    assert duration_text(0.5) == "less than a second"
