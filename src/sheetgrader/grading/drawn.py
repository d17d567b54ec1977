"""What a group drew, as thinned curves that are kept with its result: enough to draw all groups into one plot."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.graders.failures import StudentError
from sheetgrader.graders.figure_records import Axes, Figure, Line, Scatter, figures_from
from sheetgrader.grading.notebook_run import cell_name, runs
from sheetgrader.grading.session import JudgedNotebook
from sheetgrader.items import DrawnAxes, DrawnCurve

_MOST_CELLS: Final = 40
_MOST_AXES: Final = 12
_MOST_CURVES: Final = 12
_MOST_POINTS: Final = 100
_MOST_TEXT: Final = 100
#: For asking about one cell, and about all of a notebook.
_CALL_SECONDS: Final = 5.0
_SECONDS: Final = 10.0


def drawn_in(notebook: JudgedNotebook) -> tuple[DrawnAxes, ...]:
    """Return what the cells of a notebook drew that put out an image, as its kernel claims it; nothing where no kernel
    is there to be asked any more.
    """
    if not notebook.run.has_kernel:
        return ()
    link = notebook.link
    link.call_seconds, link.seconds_left = _CALL_SECONDS, _SECONDS
    cells = [
        cell_name(cell, position)
        for position, cell in enumerate(notebook.content.cells)
        if runs(cell) and any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))
    ]
    found: list[DrawnAxes] = []
    for cell in cells[:_MOST_CELLS]:
        try:
            found += drawn_axes(notebook.work.name, cell, figures_from(link.figures(cell)))
        except StudentError:
            # It is a claim beside the answer, and nothing hangs on it.
            if not notebook.run.has_kernel:
                break
    return tuple(found)


def drawn_axes(notebook: str, cell: str, figures: Iterable[Figure]) -> list[DrawnAxes]:
    """Return the coordinate systems of a cell's figures that hold curves, of long ones every n-th point."""
    found: list[DrawnAxes] = []
    for position, axes in enumerate(each for figure in figures for each in figure.axes if not each.is_colorbar):
        if len(found) >= _MOST_AXES:
            break
        if curves := _curves(axes):
            found.append(
                DrawnAxes(
                    notebook=notebook,
                    cell=cell,
                    position=position,
                    title=plain_text(axes.title, _MOST_TEXT),
                    xlabel=plain_text(axes.xlabel, _MOST_TEXT),
                    ylabel=plain_text(axes.ylabel, _MOST_TEXT),
                    xscale=plain_text(axes.xscale, _MOST_TEXT),
                    yscale=plain_text(axes.yscale, _MOST_TEXT),
                    curves=tuple(curves),
                )
            )
    return found


def _curves(axes: Axes) -> list[DrawnCurve]:
    drawn: Sequence[Line | Scatter] = [*axes.lines, *axes.scatters]
    curves = []
    for each in drawn[:_MOST_CURVES]:
        x, y = _coordinates(each)
        if x and y:
            curves.append(
                DrawnCurve(label=plain_text(each.label, _MOST_TEXT), x=x, y=y, is_scatter=isinstance(each, Scatter))
            )
    return curves


def _coordinates(drawn: Line | Scatter) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    if isinstance(drawn, Line):
        x, y = _numbers(drawn.x), _numbers(drawn.y)
        length = min(len(x), len(y))
        return _thinned(x[:length]), _thinned(y[:length])
    pairs: tuple[int, ...] = getattr(drawn.offsets, "shape", ())
    if len(pairs) != 2 or pairs[1] < 2:
        return (), ()
    return _thinned(_numbers(drawn.offsets[:, 0])), _thinned(_numbers(drawn.offsets[:, 1]))


def _numbers(values: Any) -> list[Any]:
    """Return one row of numbers; nothing for what is none."""
    if getattr(values, "ndim", 0) != 1 or getattr(values, "dtype", None) is None or values.dtype.kind not in "fiub":
        return []
    found: list[Any] = values.tolist()
    return found


def _thinned(values: Sequence[Any]) -> tuple[float | None, ...]:
    """Return every n-th of ``values`` and the last one, to five digits; None for what is no finite number."""
    every = max(1, -(-(len(values) - 1) // (_MOST_POINTS - 1))) if len(values) > 1 else 1
    kept = [*values[::every]]
    if len(values) > 1 and (len(values) - 1) % every:
        kept.append(values[-1])
    return tuple(float(f"{value:.5g}") if math.isfinite(value) else None for value in map(float, kept))
