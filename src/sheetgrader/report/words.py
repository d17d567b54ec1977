"""How numbers and lists are written for people."""

from __future__ import annotations

from collections.abc import Sequence

from sheetgrader.results import rounded


def number(value: float) -> str:
    """Return points as people write them: at most three decimal places, and no zeros at their end."""
    return f"{rounded(value):.3f}".rstrip("0").rstrip(".")


def number_of_points(value: float) -> str:
    """Return points with their noun: ``1 point``, ``0.5 points``."""
    return f"{number(value)} {'point' if number(value) == '1' else 'points'}"


def counted(count: int, one: str, many: str = "") -> str:
    """Return ``count`` with its noun: ``1 group``, ``3 groups``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(names: Sequence[str], most: int = 10) -> str:
    """Return names as a person lists them, long lists cut short."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
