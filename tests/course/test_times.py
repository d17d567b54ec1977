"""When something was handed in, whatever stands in the file that says it."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.course.times import handed_in_at


@pytest.mark.parametrize(
    ("content", "hour"),
    [
        (b"2023-12-14 10:00:00.000000 UTC", 10),
        (b"2023-12-14 10:00:00 Europe/Berlin\n", 9),
        (b"2023-12-14T10:00:00+02:00", 8),
        (b"  12/14/2023 10:00", 10),
    ],
)
def test_a_time_is_read_in_utc_without_a_zone(content: bytes, hour: int) -> None:
    assert handed_in_at(content) == datetime(2023, 12, 14, hour)  # as nbgrader keeps times


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"yesterday evening",
        b"2023-12-14 10:00:00 ../../../proc/kmsg",
        b"2023-12-14 10:00:00 /proc/kmsg",
        b"inf",
        b"1e999",
        b"9" * 5000,
        # Read to its end, this takes minutes.
        b"12 " * 1_000_000,
    ],
    ids=["nothing", "no text", "words", "file above", "file", "inf", "large", "digits", "long"],
)
def test_what_is_no_time_is_none(content: bytes) -> None:
    assert handed_in_at(content) is None


@given(
    st.one_of(
        st.binary(max_size=300),
        st.text("0123456789 :.,+-/TZUCEurop", max_size=220).map(str.encode),
        st.lists(st.sampled_from(["2023", "12", "14", "10:00", "UTC", "Mon", "am", "+", "Z", "/", "."]), max_size=40)
        .map(" ".join)
        .map(str.encode),
    )
)
def test_whatever_it_holds_it_is_a_time_or_none(content: bytes) -> None:
    time = handed_in_at(content)
    assert time is None or time.tzinfo is None
