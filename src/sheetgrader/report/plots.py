"""Plots as SVG, drawn by pure functions: no script, no style of their own, colours by the classes of the page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

from sheetgrader.report.labels import Box, place_labels
from sheetgrader.report.words import listed, number

_WIDTH: Final = 640
_LEFT: Final = 52
_RIGHT: Final = 12
_TOP: Final = 12
_BOTTOM: Final = 40
#: More curves than this make a plot that is one colour and a page that is too long.
MOST_CURVES: Final = 1500
_MOST_LABEL: Final = 80
#: Names of points: of one, in one place, and the size of a point.
_MOST_DOT_LABEL: Final = 24
_MOST_NAMES: Final = 3
_RADIUS: Final = 4
#: What is larger cannot be reckoned with.
_MOST: Final = 1e100


@dataclass(frozen=True)
class Bin:
    """One bar of a histogram."""

    begin: float
    end: float
    count: int


@dataclass(frozen=True)
class Curve:
    """One line of a plot; where a coordinate is no finite number, it is interrupted."""

    x: Sequence[float]
    y: Sequence[float]
    #: What it is called, as a tooltip.
    label: str = ""
    #: It stands apart from the others.
    stands_out: bool = False


@dataclass(frozen=True)
class Dot:
    """One point of a plot."""

    x: float
    y: float
    label: str


@dataclass(frozen=True)
class Scale:
    """How the numbers of one axis become places between 0 and 1."""

    least: float
    most: float
    is_logarithmic: bool = False

    def place(self, value: float) -> float:
        """Return where ``value`` is; not a number where it is nowhere."""
        if not math.isfinite(value) or (self.is_logarithmic and value <= 0):
            return math.nan
        least, most, at = (
            (math.log10(each) for each in (self.least, self.most, value))
            if self.is_logarithmic
            else (self.least, self.most, value)
        )
        return (at - least) / (most - least)

    def ticks(self) -> list[float]:
        """Return some round numbers in its range."""
        if self.is_logarithmic:
            powers = range(math.ceil(math.log10(self.least) - 1e-9), math.floor(math.log10(self.most) + 1e-9) + 1)
            every = max(1, len(powers) // 6)
            return [10.0**power for power in powers[::every]]
        step = _round_step((self.most - self.least) / 5)
        first = math.ceil(self.least / step - 1e-9)
        return [step * position for position in range(first, math.floor(self.most / step + 1e-9) + 1)]


def scale_for(values: Iterable[float], *, is_logarithmic: bool = False) -> Scale:
    """Return a scale that shows all of ``values`` that it can show."""
    shown = [value for value in values if math.isfinite(value) and (value > 0 or not is_logarithmic)]
    found = [min(max(value, 1 / _MOST if is_logarithmic else -_MOST), _MOST) for value in shown]
    if not found:
        return Scale(1.0, 10.0, is_logarithmic=True) if is_logarithmic else Scale(0.0, 1.0)
    least, most = min(found), max(found)
    if is_logarithmic:
        return (
            Scale(least, most, is_logarithmic=True)
            if most / least > 1 + 1e-9
            else Scale(least / 2, most * 2, is_logarithmic=True)
        )
    if most - least > 1e-12 * max(abs(most), abs(least)):
        return Scale(least, most)
    around = abs(most) / 2 or 0.5
    return Scale(least - around, most + around)


def bins(values: Sequence[float], most: float, count: int = 20) -> list[Bin]:
    """Return how many of ``values`` lie where between 0 and ``most``; the last bar has both its ends, and takes what is
    above.
    """
    if most <= 0 or not math.isfinite(most):
        return []
    counts = [0] * count
    for value in values:
        counts[max(0, min(count - 1, math.floor(value / most * count + 1e-9)))] += 1
    return [Bin(most * at / count, most * (at + 1) / count, found) for at, found in enumerate(counts)]


def histogram(shown: Sequence[Bin], described: str, along: str = "points") -> Markup:
    """Draw bars, each with its number above it."""
    height = 220
    highest = max((bar.count for bar in shown), default=0)
    if not highest:
        return Markup("")
    plot = _Plot(height, Scale(shown[0].begin, shown[-1].end), Scale(0, highest * 1.12))
    parts = [plot.axes(along, "groups", whole_y=True)]
    for bar in shown:
        left, right, top = plot.x(bar.begin), plot.x(bar.end), plot.y(bar.count)
        told = f"{number(bar.begin)} to {number(bar.end)} {along}: {bar.count}"
        parts.append(
            f'<rect class="bar" x="{left + 1:.1f}" y="{top:.1f}" width="{max(1.0, right - left - 2):.1f}"'
            f' height="{plot.bottom - top:.1f}"><title>{escape(told)}</title></rect>'
        )
        if bar.count:
            parts.append(f'<text class="count" x="{(left + right) / 2:.1f}" y="{top - 4:.1f}">{bar.count}</text>')
    return _svg(height, described, parts)


def curves(
    shown: Sequence[Curve],
    described: str,
    *,
    along: str = "",
    up: str = "",
    x_is_logarithmic: bool = False,
    y_is_logarithmic: bool = False,
) -> Markup:
    """Draw lines over one another, those that stand out last and in another colour."""
    height = 340
    # One answer that has left all bounds would make a flat line of all the others.
    x_scale = scale_for(_most_of([value for curve in shown for value in curve.x]), is_logarithmic=x_is_logarithmic)
    y_scale = scale_for(_most_of([value for curve in shown for value in curve.y]), is_logarithmic=y_is_logarithmic)
    plot = _Plot(height, x_scale, y_scale)
    parts = [plot.axes(along, up)]
    for curve in sorted(shown[:MOST_CURVES], key=lambda each: each.stands_out):
        path = _path(curve, plot)
        if path:
            kind = "curve outlier" if curve.stands_out else "curve"
            parts.append(f'<path class="{kind}" d="{path}"><title>{escape(curve.label[:_MOST_LABEL])}</title></path>')
    return _svg(height, described, parts)


def dots(shown: Sequence[Dot], described: str, *, along: str, up: str, x: Scale, y: Scale) -> Markup:
    """Draw points with their names, none over another; those in one place as one point with all their names."""
    height = 380
    plot = _Plot(height, x, y)
    places: dict[tuple[int, int], list[Dot]] = {}
    for dot in shown:
        left, top = plot.x(dot.x), plot.y(dot.y)
        if math.isfinite(left) and math.isfinite(top):
            places.setdefault((round(left / _RADIUS), round(top / _RADIUS)), []).append(dot)
    points = [(plot.x(here[0].x), plot.y(here[0].y)) for here in places.values()]
    names = [listed([_brief(dot.label) for dot in here], _MOST_NAMES) for here in places.values()]
    frame = Box(_LEFT, _TOP - 8, _WIDTH, plot.bottom + 4)
    marks, words = [], []
    for (left, top), here, name, label in zip(
        points, places.values(), names, place_labels(points, names, _RADIUS, frame), strict=True
    ):
        told = escape(", ".join(dot.label[:_MOST_LABEL] for dot in here))
        if label is not None:
            if label.line_to is not None:
                end_x, end_y = label.line_to
                marks.append(f'<line class="lead" x1="{left:.1f}" y1="{top:.1f}" x2="{end_x:.1f}" y2="{end_y:.1f}"/>')
            middle = (label.box.left + label.box.right) / 2
            words.append(f'<text class="name" x="{middle:.1f}" y="{label.box.bottom - 3:.1f}">{escape(name)}</text>')
        words.append(f'<circle class="dot" cx="{left:.1f}" cy="{top:.1f}" r="{_RADIUS}"><title>{told}</title></circle>')
    return _svg(height, described, [plot.axes(along, up), *marks, *words])


@dataclass(frozen=True)
class _Plot:
    """A coordinate system on the page."""

    height: int
    x_scale: Scale
    y_scale: Scale

    @property
    def bottom(self) -> float:
        return self.height - _BOTTOM

    def x(self, value: float) -> float:
        return _LEFT + self.x_scale.place(value) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        return self.bottom - self.y_scale.place(value) * (self.bottom - _TOP)

    def axes(self, along: str, up: str, *, whole_y: bool = False) -> str:
        parts = []
        for tick in self.x_scale.ticks():
            at = self.x(tick)
            parts.append(
                f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{_TOP}" y2="{self.bottom:.1f}"/>'
                f'<text class="tick along" x="{at:.1f}" y="{self.bottom + 15:.1f}">{_told(tick)}</text>'
            )
        for tick in self.y_scale.ticks():
            if whole_y and tick != round(tick):
                continue
            at = self.y(tick)
            parts.append(
                f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>'
                f'<text class="tick up" x="{_LEFT - 6}" y="{at + 4:.1f}">{_told(tick)}</text>'
            )
        middle = (_TOP + self.bottom) / 2
        parts.append(
            f'<text class="axis" x="{(_LEFT + _WIDTH - _RIGHT) / 2:.1f}" y="{self.height - 6}">'
            f"{escape(along[:_MOST_LABEL])}</text>"
            f'<text class="axis" transform="translate(12 {middle:.1f}) rotate(-90)">{escape(up[:_MOST_LABEL])}</text>'
        )
        return "".join(parts)


def _svg(height: int, described: str, parts: Sequence[str]) -> Markup:
    body = "".join(parts)
    return Markup(  # noqa: S704 # all text in it is escaped where it is put in
        f'<svg class="plot" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(described)}">{body}</svg>'
    )


def _path(curve: Curve, plot: _Plot) -> str:
    """Return a line's way, which stays near the plot however far away its points are."""
    steps: list[str] = []
    is_on = False
    for x, y in zip(curve.x, curve.y, strict=False):
        left, top = plot.x(x), plot.y(y)
        if not (math.isfinite(left) and math.isfinite(top)):
            is_on = False
            continue
        left, top = (
            min(max(left, _LEFT - 4.0), _WIDTH - _RIGHT + 4.0),
            min(max(top, _TOP - 4.0), plot.bottom + 4.0),
        )
        steps.append(f"{'L' if is_on else 'M'}{left:.1f} {top:.1f}")
        is_on = True
    return "".join(steps)


def _most_of(values: Sequence[float]) -> list[float]:
    """Return ``values`` without those that are far from the middle half of them."""
    finite = sorted(value for value in values if math.isfinite(value))
    if len(finite) < 8:
        return finite
    lower, upper = finite[len(finite) // 4], finite[3 * len(finite) // 4]
    room = 6 * (upper - lower)
    if room <= 0:
        return finite
    return [value for value in finite if lower - room <= value <= upper + room]


def _round_step(step: float) -> float:
    if step <= 0 or not math.isfinite(step):
        return 1.0
    power = 10.0 ** math.floor(math.log10(step))
    return next((power * factor for factor in (1, 2, 5) if power * factor >= step * (1 - 1e-9)), power * 10)


def _brief(name: str) -> str:
    return name if len(name) <= _MOST_DOT_LABEL else f"{name[: _MOST_DOT_LABEL - 1]}…"


def _told(value: float) -> str:
    return f"{value + 0.0:.4g}" if value else "0"
