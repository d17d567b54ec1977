"""Loss curves as a picture."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Sequence
from typing import Final

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sheetgrader.training.outcomes import RunResult

_MOST_PANELS: Final = 4
_DOTS_PER_INCH: Final = 120
_LARGEST: Final = 1e30


def draw_curves(runs: Sequence[RunResult], title: str) -> bytes | None:
    """Return a PNG with one panel for each curve that runs report, and a line for each run; None where none reports any."""
    names = list(dict.fromkeys(name for run in runs for name in run.curves))[:_MOST_PANELS]
    if not names:
        return None
    # Names may come from students: no mathematics, and no complaint about a letter that the font lacks.
    with rc_context({"text.parse_math": False}), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _draw(runs, title, names)


def _draw(runs: Sequence[RunResult], title: str, names: Sequence[str]) -> bytes:
    figure = Figure(figsize=(5.5 * len(names), 3.8), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title)
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        drawn = [(run.name, [_drawable(value) for value in run.curves[name]]) for run in runs if name in run.curves]
        for run_name, values in drawn:
            axes.plot(range(1, len(values) + 1), values, label=run_name, marker="." if len(values) <= 30 else "")
        axes.set(xlabel="epoch", ylabel=name.replace("_", " "))
        # Losses span decades; likelihoods and accuracies do not.
        if "loss" in name and all(value > 0 for _, values in drawn for value in values if math.isfinite(value)):
            axes.set_yscale("log")
        axes.legend(fontsize="small")
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=_DOTS_PER_INCH)
    return png.getvalue()


def _drawable(value: float) -> float:
    """Return ``value``, or a gap where a training diverged beyond what axes can show."""
    return value if abs(value) < _LARGEST else math.nan
