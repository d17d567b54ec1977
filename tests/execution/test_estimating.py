from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.execution.estimating import Estimate


def test_nothing_is_promised_before_one_is_done() -> None:
    estimate = Estimate(total=3, workers=1, most_seconds=60)
    assert estimate.seconds_left(0) is None
    estimate.begin("a", 0)
    assert estimate.seconds_left(5) is None
    estimate.end("b", 5)
    assert estimate.seconds_left(5) is None


def test_submissions_that_take_the_same_time() -> None:
    estimate = Estimate(total=10, workers=2, most_seconds=60)
    for number in range(4):
        estimate.begin(str(number), number)
        estimate.end(str(number), number + 2)
    assert estimate.seconds_left(6) == pytest.approx(6)


def test_the_last_one_hangs() -> None:
    estimate = Estimate(total=11, workers=2, most_seconds=100)
    estimate.begin("hangs", 0)
    for number in range(10):
        estimate.begin(str(number), number)
        estimate.end(str(number), number + 1)
    told = [estimate.seconds_left(now) for now in (10, 50, 90, 99)]
    assert told == pytest.approx([2, 6, 10, 1])


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), max_size=10),
    st.integers(1, 8),
    st.integers(0, 10),
    st.floats(0, 1000),
)
def test_it_is_never_negative_nor_more_than_all_at_their_limit(
    times: list[tuple[float, float]], workers: int, waiting: int, later: float
) -> None:
    estimate = Estimate(total=len(times) + waiting, workers=workers, most_seconds=100)
    now = 0.0
    for number, (begun, took) in enumerate(times):
        estimate.begin(str(number), begun)
        now = max(now, begun)
        if number % 2:
            estimate.end(str(number), begun + took)
            now = max(now, begun + took)
    left = estimate.seconds_left(now + later)
    if left is None:
        assert len(times) < 2
        return
    assert 0 <= left <= 100 * (len(times) + waiting)
