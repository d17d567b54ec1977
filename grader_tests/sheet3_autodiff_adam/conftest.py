"""What the criteria of one submission share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from sheetgrader import StudentError, Wrong


class Memory:
    """Keeps what took long to get, a mistake included, so that several criteria may look at it."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Any, StudentError | Wrong | None]] = {}

    def get(self, key: str, make: Callable[[], Any]) -> Any:
        """Return what ``make`` returned when ``key`` was first asked for, or raise what it raised."""
        if key not in self._kept:
            try:
                self._kept[key] = make(), None
            except (StudentError, Wrong) as mistake:
                self._kept[key] = None, mistake
        value, mistake = self._kept[key]
        if mistake is not None:
            raise mistake
        return value


@pytest.fixture(autouse=True)
def _huge_numbers_are_no_fault_of_the_graders() -> Iterator[None]:
    """Let a student's numbers overflow where they are computed with: what comes out is infinite or NaN and fails every
    comparison.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        yield


@pytest.fixture(scope="session")
def memory() -> Memory:
    """One for each submission: a submission is one pytest session."""
    return Memory()
