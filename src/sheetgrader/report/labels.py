"""Where the names of a plot's points stand, so that none covers another, nor a point."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

#: Of a text of 12 pixels: its height, and the widths of its characters, rather too wide than too narrow.
_HEIGHT: Final = 14.0
_WIDTH: Final = 7.2
_WIDE: Final = 12.0
_WIDE_LETTERS: Final = frozenset("mwMW@%…—")
_FIRST_WIDE: Final = 0x2E80
#: From a point to its name, and how much farther away each further try is.
_GAP: Final = 3.0
_STEP: Final = 12.0
_RINGS: Final = 24
_DIRECTIONS: Final = 16
#: A name that stands farther from its point than this has a line that leads to it.
_NEAR: Final = 6.0


@dataclass(frozen=True)
class Box:
    """A part of the picture."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        """Say whether they have anything in common."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, other: Box) -> bool:
        """Say whether all of another is in it."""
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )

    def nearest(self, x: float, y: float) -> tuple[float, float]:
        """Return its point that is nearest to a place."""
        return min(max(x, self.left), self.right), min(max(y, self.top), self.bottom)


@dataclass(frozen=True)
class Label:
    """Where a name stands, and where the line ends that leads to it; None where it is beside its point."""

    box: Box
    line_to: tuple[float, float] | None


def width(text: str) -> float:
    """Return how much room a text takes at most."""
    return sum(_WIDE if letter in _WIDE_LETTERS or ord(letter) >= _FIRST_WIDE else _WIDTH for letter in text)


def place_labels(
    points: Sequence[tuple[float, float]], texts: Sequence[str], radius: float, frame: Box
) -> list[Label | None]:
    """Return where the name of each point stands; None where there is no room for it.

    Args:
        points: their middles.
        texts: their names.
        radius: of the points.
        frame: all names stand in it.
    """
    dots = [Box(x - radius, y - radius, x + radius, y + radius) for x, y in points]
    taken: list[Box] = []
    lines: list[Box] = []
    found: list[Label | None] = []
    for point, text in zip(points, texts, strict=True):
        boxes = [
            box
            for box in _candidates(*point, width(text), radius)
            if frame.holds(box) and not _is_in_any(box, (*dots, *taken))
        ]
        labels = [_label(point, box, radius) for box in boxes]
        # Where there is no other place, a line crosses a name.
        label = next((one for one in labels if not _crosses(point, one, taken, lines)), labels[0] if labels else None)
        if label is not None:
            taken.append(label.box)
            lines += _line(point, label)
        found.append(label)
    return found


def _label(point: tuple[float, float], box: Box, radius: float) -> Label:
    end = box.nearest(*point)
    return Label(box, None if math.dist(point, end) <= radius + _NEAR else end)


def _crosses(point: tuple[float, float], label: Label, taken: Sequence[Box], lines: Sequence[Box]) -> bool:
    """Say whether a name stands on a line, or its own line on a name."""
    return _is_in_any(label.box, lines) or any(_is_in_any(step, taken) for step in _line(point, label))


def _candidates(x: float, y: float, wide: float, radius: float) -> Iterator[Box]:
    """Yield where a name could stand, the best place first: to the right, to the left, above, below, farther away."""
    for ring in range(_RINGS):
        away = radius + _GAP + ring * _STEP
        for direction in (0, 8, 12, 4, *(each for each in range(_DIRECTIONS) if each % 4)):
            angle = 2 * math.pi * direction / _DIRECTIONS
            across, down = math.cos(angle), math.sin(angle)
            middle_x = x + across * (away + wide / 2)
            middle_y = y + down * (away + _HEIGHT / 2)
            yield Box(middle_x - wide / 2, middle_y - _HEIGHT / 2, middle_x + wide / 2, middle_y + _HEIGHT / 2)


def _line(begin: tuple[float, float], label: Label) -> list[Box]:
    """Return small boxes that cover the line that leads to a name; none where there is no line."""
    if label.line_to is None:
        return []
    end = label.line_to
    count = math.ceil(math.dist(begin, end) / 2)
    places = [
        (begin[0] + (end[0] - begin[0]) * step / count, begin[1] + (end[1] - begin[1]) * step / count)
        for step in range(count)
    ]
    return [Box(x - 1, y - 1, x + 1, y + 1) for x, y in places]


def _is_in_any(box: Box, others: Iterable[Box]) -> bool:
    return any(box.overlaps(other) for other in others)
