"""Loss curves as a picture."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sheetgrader.training.outcomes import RunResult

if TYPE_CHECKING:
    from matplotlib.lines import Line2D

_MOST_PANELS: Final = 4
_DOTS_PER_INCH: Final = 120
_MOST_DOTS: Final = 30
#: From this ratio of the largest to the smallest value on, a linear axis shows too little of the small ones.
_DECADES: Final = 20
_LARGEST: Final = 1e30


def draw_curves(runs: Sequence[RunResult], title: str) -> bytes | None:
    """Return a PNG with one panel for each curve that runs report, and a line for each run; None where none reports
    any.
    """
    names = list(dict.fromkeys(name for run in runs for name in run.curves))[:_MOST_PANELS]
    if not names:
        return None
    from matplotlib import rc_context  # it comes with the extra `ml`

    # Names may come from students: no mathematics, and no complaint about a letter that the font lacks.
    with rc_context({"text.parse_math": False}), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _draw(runs, title, names)


def _draw(runs: Sequence[RunResult], title: str, names: Sequence[str]) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(5.5 * len(names) + 1.5, 3.8), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title)
    lines: dict[str, Line2D] = {}
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        values: list[float] = []
        for position, run in enumerate(runs):
            curve = [_drawable(value) for value in run.curves.get(name, ())]
            marker = "." if len(curve) <= _MOST_DOTS else ""
            # One colour for a run in all panels.
            (line,) = axes.plot(range(1, len(curve) + 1), curve, color=f"C{position % 10}", marker=marker)
            values += curve
            if curve:
                lines.setdefault(run.name, line)
        axes.set(xlabel="epoch", ylabel=name.replace("_", " "))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        if _spans_decades([value for value in values if math.isfinite(value)]):
            axes.set_yscale("log")
    # Beside the panels, where it hides no curve.
    figure.legend(lines.values(), lines.keys(), loc="outside right upper", fontsize="small")
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=_DOTS_PER_INCH)
    return png.getvalue()


def _spans_decades(values: Sequence[float]) -> bool:
    return bool(values) and min(values) > 0 and max(values) > _DECADES * min(values)


def _drawable(value: float) -> float:
    """Return ``value``, or a gap where a training diverged beyond what axes can show."""
    return value if abs(value) < _LARGEST else math.nan
