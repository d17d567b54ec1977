"""Figures as graders see them: what the kernel says it drew, checked for form. It is a claim; give it little weight."""

from __future__ import annotations

from typing import Any

import msgspec

from sheetgrader.graders.failures import BadValue


class Line(msgspec.Struct, frozen=True):
    """A line, or a series of markers, of :meth:`matplotlib.axes.Axes.plot`."""

    label: str = ""
    x: Any = ()
    y: Any = ()


class Scatter(msgspec.Struct, frozen=True):
    """The points of :meth:`matplotlib.axes.Axes.scatter`."""

    label: str = ""
    #: Number of points, and 2.
    offsets_shape: tuple[int, ...] = (0, 2)
    offsets: Any = ()
    #: Whether the points are coloured by values.
    has_colors: bool = False
    sizes: Any = ()


class Axes(msgspec.Struct, frozen=True):
    """One coordinate system of a figure."""

    title: str = ""
    xlabel: str = ""
    ylabel: str = ""
    xscale: str = ""
    yscale: str = ""
    legend: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    scatters: tuple[Scatter, ...] = ()
    images: int = 0
    patches: int = 0
    quivers: int = 0
    texts: tuple[str, ...] = ()
    is_colorbar: bool = False


class Figure(msgspec.Struct, frozen=True):
    """One matplotlib figure that was open when its cell ended."""

    axes: tuple[Axes, ...] = ()
    colorbars: int = 0
    suptitle: str = ""


def figures_from(records: object) -> tuple[Figure, ...]:
    """Return figures from the kernel's records.

    Raises:
        BadValue: the records are not of the form that the kernel writes.
    """
    try:
        return msgspec.convert(records, tuple[Figure, ...], strict=False)
    except msgspec.ValidationError:
        raise BadValue("The figures could not be read.") from None
