"""Where the seconds of one submission go, how many are left, and what ends work that takes longer."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sheetgrader.results import Stages


@contextmanager
def alarm(seconds: float, error: Exception) -> Iterator[None]:
    """Raise ``error`` in a block that takes longer; only in the main thread, since elsewhere signals cannot be used.

    Blocks of one alarm do not stand in those of another.
    """
    if threading.current_thread() is not threading.main_thread() or sys.platform == "win32":
        yield
        return

    def ring(*_: object) -> None:
        raise error

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class SubmissionClock:
    """Books seconds on stages; time inside a nested stage counts for that stage alone."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._booked: dict[str, float] = {}

    def left(self) -> float:
        """Return the seconds that the submission still has."""
        return self._end - time.monotonic()

    def spend(self, stage: str, seconds: float) -> None:
        """Book ``seconds`` on ``stage``."""
        self._booked[stage] = self._booked.get(stage, 0.0) + seconds

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Book the time of a block on ``name``, less what the block books elsewhere."""
        start, booked = time.monotonic(), sum(self._booked.values())
        try:
            yield
        finally:
            elsewhere = sum(self._booked.values()) - booked
            self.spend(name, max(0.0, time.monotonic() - start - elsewhere))

    def stages(self) -> Stages:
        """Return what was booked so far."""
        return Stages(**{name: round(seconds, 5) for name, seconds in self._booked.items()})
