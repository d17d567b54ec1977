"""The curves of all groups in one plot, and which of them stand apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from sheetgrader.items import DrawnAxes, DrawnCurve
from sheetgrader.report import plots
from sheetgrader.report.words import counted

_GRID_POINTS: Final = 64
#: Points of all curves of a plot together; a page may hold so many.
_MOST_POINTS: Final = 40_000
_FEWEST_POINTS: Final = 8
#: So many times as far from the middle as most are, and at least so much of the whole range.
_FAR: Final = 5.0
_LEAST_FAR: Final = 0.05


@dataclass(frozen=True)
class Distance:
    """How far a group's curves are from the middle of all, in parts of the range that the middle has."""

    group: str
    distance: float
    stands_out: bool


@dataclass(frozen=True)
class ClassPlot:
    """All groups' curves of one coordinate system."""

    title: str
    picture: Markup
    #: Those that are farthest from the middle first.
    distances: tuple[Distance, ...]


def class_plot(place: str, drawn: Mapping[str, DrawnAxes]) -> ClassPlot | None:
    """Return the plot of what groups drew in one place; None where nobody drew a line.

    Args:
        place: what drew it.
        drawn: by group.
    """
    lines = {group: [curve for curve in axes.curves if not curve.is_scatter] for group, axes in drawn.items()}
    lines = {group: curves for group, curves in lines.items() if curves}
    if not lines:
        return None
    axes = drawn[next(iter(lines))]
    found = distances(lines)
    far = {each.group for each in found if each.stands_out}
    each_points = max(_FEWEST_POINTS, _MOST_POINTS // sum(map(len, lines.values())))
    shown = [
        plots.Curve(
            _thinned(curve.x, each_points),
            _thinned(curve.y, each_points),
            label=f"{group}: {curve.label}" if curve.label and not curve.label.startswith("_") else group,
            stands_out=group in far,
        )
        for group in (each.group for each in found)
        for curve in lines[group]
    ]
    title = f"{place}: {axes.title}" if axes.title else place
    picture = plots.curves(
        shown,
        f"The curves of {counted(len(lines), 'group')} over one another.",
        along=axes.xlabel,
        up=axes.ylabel,
        x_is_logarithmic=axes.xscale == "log",
        y_is_logarithmic=axes.yscale == "log",
    )
    return ClassPlot(title, picture, found)


def distances(lines: Mapping[str, Sequence[DrawnCurve]]) -> tuple[Distance, ...]:
    """Return how far each group is from the middle of all, the farthest first.

    The curves of a group are taken in their order. Where a group has drawn another number of curves than most, what can
    be compared is.
    """
    worst = dict.fromkeys(lines, 0.0)
    for number in range(max(map(len, lines.values()), default=0)):
        here = {group: curves[number] for group, curves in lines.items() if number < len(curves)}
        for group, distance in _distances(here).items():
            worst[group] = max(worst[group], distance)
    finite = sorted(distance for distance in worst.values() if math.isfinite(distance))
    usual = finite[len(finite) // 2] if finite else 0.0
    limit = max(_LEAST_FAR, _FAR * usual)
    found = [Distance(group, distance, stands_out=distance > limit) for group, distance in worst.items()]
    return tuple(sorted(found, key=lambda each: (-each.distance, each.group)))


def _distances(curves: Mapping[str, DrawnCurve]) -> dict[str, float]:
    grids = {group: _numbers(curve) for group, curve in curves.items()}
    known = {group: pair for group, pair in grids.items() if len(pair[0]) > 1}
    if len(known) < 2:
        return {group: 0.0 if group in known else math.inf for group in curves}
    begins = np.median([x[0] for x, _ in known.values()])
    ends = np.median([x[-1] for x, _ in known.values()])
    grid = np.linspace(begins, ends, _GRID_POINTS)
    values = {group: np.interp(grid, x, y, left=y[0], right=y[-1]) for group, (x, y) in known.items()}
    middle = np.median(list(values.values()), axis=0)
    span = float(middle.max() - middle.min()) or float(np.abs(middle).max()) or 1.0
    with np.errstate(over="ignore"):
        return {
            group: float(np.sqrt(np.mean(((values[group] - middle) / span) ** 2))) if group in values else math.inf
            for group in curves
        }


def _numbers(curve: DrawnCurve) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the finite points of a curve, from left to right."""
    pairs = [
        # What is farther than that is beyond all bounds alike, and its square can still be taken.
        (min(max(x, -1e100), 1e100), min(max(y, -1e100), 1e100))
        for x, y in zip(curve.x, curve.y, strict=False)
        if x is not None and y is not None
    ]
    if not pairs:
        return np.empty(0), np.empty(0)
    x, y = np.array(sorted(pairs)).T
    return x, y


def _thinned(values: Sequence[float | None], most: int) -> list[float]:
    every = max(1, -(-len(values) // most))
    return [math.nan if value is None else value for value in values[::every]]
