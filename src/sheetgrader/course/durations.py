"""Durations as people write and read them."""

from __future__ import annotations

import re
from typing import Final

from sheetgrader.errors import UsageError

_UNITS: Final = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
_WRITTEN: Final = re.compile(
    r"\s*+(?:(\d{1,4}+)\s*+d)?+\s*+(?:(\d{1,4}+)\s*+h)?+\s*+(?:(\d{1,4}+)\s*+m)?+\s*+", re.ASCII
)


def duration_text(seconds: float) -> str:
    """Return a duration as people say it, in its two largest units."""
    words, left = [], int(seconds)
    for unit, length in _UNITS:
        count, left = divmod(left, length)
        if count:
            words.append(f"{count} {unit}{'s' if count > 1 else ''}")
    return " ".join(words[:2]) or "less than a second"


def parse_duration(text: str) -> float:
    """Return the seconds of a duration that is written as ``3d``, ``36h``, ``1d 12h``, ``90m`` or ``0``.

    Raises:
        UsageError: it is written otherwise.
    """
    if text.strip() == "0":
        return 0.0
    match = _WRITTEN.fullmatch(text)
    if match is None or not any(match.groups()):
        raise UsageError(f"{text!r} is no duration; write days, hours and minutes as 3d, 36h, 1d 12h or 90m")
    days, hours, minutes = (int(number or 0) for number in match.groups())
    return float(days * 86400 + hours * 3600 + minutes * 60)
