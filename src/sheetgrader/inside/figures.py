"""Figure records: what a cell drew, described as plain data.

matplotlib's figures are objects of the student's process, so a grader cannot look at them. :class:`FigureRecorder`
describes every pyplot figure of a cell before it is gone: those still open when the cell has run, which the inline
backend then shows and closes, and those that the cell itself closes, with ``plt.show()`` or ``plt.close()``.

A record is a dict:

==============
====================================================================================================================================
``suptitle``    the figure's title ``legend``      labels of the legends that belong to the figure rather than to one of
its axes ``colorbars``   number of colour bars ``axes``        a dict for each axes, colour bars included, in the order
in which they were added:

                ``title``, ``xlabel``, ``ylabel``, ``zlabel`` (empty where there is no third axis), ``xscale``,
                ``yscale``, ``projection`` (``rectilinear``, ``polar``, ``3d``), ``is_colorbar``, ``legend`` (labels),
                ``texts``; ``lines``: dicts with ``label``, ``x``, ``y``, ``points`` (their number), and ``z`` on axes
                with a third axis; ``scatters``: dicts with ``label``, ``offsets_shape``, ``offsets``, ``has_colors``,
                ``sizes``; ``collections``: the names of the classes of all other collections, such as ``QuadMesh``,
                ``QuadContourSet``, ``PolyCollection``; ``images``, ``patches``, ``quivers``: numbers
==============
====================================================================================================================================

Coordinates are float arrays in data coordinates, dates and categories as matplotlib converts them. Of long ones every
n-th point is kept.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Record = dict[str, Any]

_MOST_FIGURES: Final = 50
_MOST_AXES: Final = 100
#: Lines of one axes; the same number bounds its scatters, texts and labels.
_MOST_ARTISTS: Final = 500
_MOST_POINTS: Final = 10_000
_LONGEST_TEXT: Final = 1000


def describe(figure: Figure) -> Record:
    """Describe ``figure`` as plain data; nothing is drawn."""
    axes = [_describe_axes(each) for each in figure.axes[:_MOST_AXES]]
    return {
        "suptitle": _text(figure.get_suptitle()),
        "legend": [label for legend in figure.legends[:_MOST_ARTISTS] for label in _texts(legend.get_texts())],
        "colorbars": sum(each["is_colorbar"] for each in axes),
        "axes": axes,
    }


def _describe_axes(axes: Axes) -> Record:
    from matplotlib.collections import PathCollection  # a kernel may lack matplotlib
    from matplotlib.quiver import Quiver  # a kernel may lack matplotlib

    collections = list(axes.collections)[:_MOST_ARTISTS]
    legend = axes.get_legend()
    return {
        "title": _text(next(filter(None, (axes.get_title(loc) for loc in ("center", "left", "right"))), "")),
        "xlabel": _text(axes.get_xlabel()),
        "ylabel": _text(axes.get_ylabel()),
        "zlabel": _text(axes.get_zlabel()) if hasattr(axes, "get_zlabel") else "",
        "xscale": _text(axes.get_xscale()),
        "yscale": _text(axes.get_yscale()),
        "projection": _text(axes.name),
        "is_colorbar": _is_colorbar(axes),
        "legend": _texts(legend.get_texts()) if legend is not None else [],
        "texts": _texts(axes.texts),
        "lines": [_describe_line(line) for line in axes.lines[:_MOST_ARTISTS]],
        "scatters": [_describe_scatter(scatter) for scatter in collections if isinstance(scatter, PathCollection)],
        "collections": [type(each).__name__ for each in collections if not isinstance(each, PathCollection | Quiver)],
        "images": len(axes.images),
        "patches": len(axes.patches),
        "quivers": sum(isinstance(each, Quiver) for each in collections),
    }


def _is_colorbar(axes: Axes) -> bool:
    # A colour bar on axes of the student's own (cax=...) keeps their label, but says which colour bar it is.
    return axes.get_label() == "<colorbar>" or hasattr(axes, "_colorbar")


def _describe_line(line: Any) -> Record:
    # On axes with a third axis a line's x and y are where it is drawn on the page, not where it is.
    coordinates = line.get_data_3d() if hasattr(line, "get_data_3d") else line.get_data(orig=False)
    return {"label": _text(line.get_label()), "points": len(coordinates[0])} | {
        name: _thinned(values) for name, values in zip("xyz", coordinates, strict=False)
    }


def _describe_scatter(scatter: Any) -> Record:
    # On axes with a third axis matplotlib keeps the true positions apart from those on the page.
    positions = getattr(scatter, "_offsets3d", None)
    offsets = (
        scatter.get_offsets()
        if positions is None
        else np.ma.stack([np.ma.asarray(values) for values in positions], axis=1)
    )
    return {
        "label": _text(scatter.get_label()),
        "offsets_shape": list(offsets.shape),
        "offsets": _thinned(offsets),
        "has_colors": scatter.get_array() is not None or len(scatter.get_facecolor()) > 1,
        "sizes": _thinned(scatter.get_sizes()),
    }


def _thinned(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    numbers = np.ma.filled(np.ma.asarray(values).astype(float), np.nan)
    return numbers[:: max(1, -(-len(numbers) // _MOST_POINTS))]


def _texts(artists: Iterable[Any]) -> list[str]:
    return [_text(artist.get_text()) for artist in list(artists)[:_MOST_ARTISTS]]


def _text(value: object) -> str:
    return str(value)[:_LONGEST_TEXT]


class FigureRecorder:
    """Keeps the records of the pyplot figures that each cell drew, by the cell's name."""

    def __init__(self) -> None:
        self._records: dict[str, list[Record]] = {}
        self._cell: str | None = None

    def watch_pyplot(self) -> None:
        """Have every figure described just before pyplot lets go of it."""
        from matplotlib.backend_bases import FigureManagerBase  # a kernel may lack matplotlib

        destroy = FigureManagerBase.destroy

        def describe_and_destroy(manager: FigureManagerBase) -> None:
            self._record(manager.canvas.figure)
            destroy(manager)

        # Pyplot announces closed figures to nobody else.
        FigureManagerBase.destroy = describe_and_destroy  # type: ignore[method-assign,assignment]

    def begin(self, cell: str) -> None:
        """Forget what ``cell`` drew when it ran before; what is drawn from now on is its own."""
        self._cell = cell
        self._records[cell] = []

    def end(self) -> None:
        """Describe the figures that are still open; what is drawn from now on belongs to no cell."""
        for manager in _open_figures().values():
            self._record(manager.canvas.figure)
        self._cell = None

    def records(self, cell: str) -> Sequence[Record]:
        """Return the records of the figures that ``cell`` drew; empty for a cell that did not run."""
        return self._records.get(cell, [])

    def _record(self, figure: Figure) -> None:
        if self._cell is None or len(self._records[self._cell]) >= _MOST_FIGURES:
            return
        try:
            record = describe(figure)
        except KeyboardInterrupt:
            # The cell's time is over.
            raise
        # An artist of the student's own may raise anything, and the kernel has to go on.
        except BaseException:  # noqa: BLE001
            record = {"suptitle": "", "legend": [], "colorbars": 0, "axes": []}
        self._records[self._cell].append(record)


@contextmanager
def figures_put_away() -> Iterator[None]:
    """Close the figures that are drawn inside, so that they do not turn up in the output of the next cell."""
    before = set(_open_figures())
    try:
        yield
    finally:
        for number in set(_open_figures()) - before:
            sys.modules["matplotlib.pyplot"].close(number)


def _open_figures() -> dict[int, Any]:
    """Return pyplot's figure managers by the number of the figure."""
    helpers = sys.modules.get("matplotlib._pylab_helpers")
    return dict(helpers.Gcf.figs) if helpers is not None else {}
