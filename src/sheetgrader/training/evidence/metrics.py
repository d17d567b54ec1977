"""Reads a ``metrics.json`` that nobody vouches for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from sheetgrader.boundary import untrusted_json
from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.graders.failures import Wrong

#: Room for a hundred thousand epochs.
_LONGEST: Final = 16 << 20
_MOST_EPOCHS: Final = 100_000
#: Curves and numbers that are kept of one run.
_MOST_NAMES: Final = 50
_LONGEST_NAME: Final = 100
_LARGEST_INTEGER: Final = 1 << 53


@dataclass(frozen=True)
class Metrics:
    """What ``metrics.json`` holds; whether it holds what it has to is a question of its own."""

    #: Plain values of any type, as they came.
    found: Mapping[str, Any]
    numbers: Mapping[str, float]
    #: The numbers in its history, one for each epoch.
    curves: Mapping[str, tuple[float, ...]]

    def number(self, name: str) -> float | None:
        """Return what is reported under ``name``; None where that is no number."""
        value = self.found.get(name)
        return float(value) if _is_number(value) else None

    def accuracy(self, part: str) -> float | None:
        """Return what is reported for a part of the data as a share, also where it is given in percent."""
        value = self.number(f"{part}_accuracy")
        return value if value is None or not 1 < value <= 100 else value / 100


def read_metrics(content: bytes) -> Metrics:
    """Read a ``metrics.json``.

    Raises:
        Wrong: it is no JSON object, or too large.
    """
    if len(content) > _LONGEST:
        raise Wrong(f"metrics.json has more than {_LONGEST:,} bytes.")
    try:
        found = untrusted_json.read(content)
    except ValueError:
        raise Wrong("metrics.json is no JSON, or nested too deeply.") from None
    if not isinstance(found, dict):
        raise Wrong("metrics.json holds no JSON object.")
    numbers = {
        plain_text(name, _LONGEST_NAME): float(value)
        for name, value in list(found.items())[:_MOST_NAMES]
        if _is_number(value)
    }
    history = found.get("history")
    return Metrics(found, numbers, _curves(history[:_MOST_EPOCHS]) if isinstance(history, list) else {})


def _curves(history: list[Any]) -> Mapping[str, tuple[float, ...]]:
    # An entry may be a number as well as an object with several.
    entries = (
        history if all(isinstance(entry, dict) for entry in history) else [{"history": entry} for entry in history]
    )
    names = [name for name in entries[0] if name != "epoch"][:_MOST_NAMES] if entries else []
    return {
        plain_text(name, _LONGEST_NAME): tuple(float(entry[name]) for entry in entries)
        for name in names
        if all(_is_number(entry.get(name)) for entry in entries)
    }


def _is_number(value: Any) -> TypeGuard[float]:
    # A number that diverged is one, too; an integer may have more digits than any float.
    return isinstance(value, float) or (
        isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST_INTEGER
    )
