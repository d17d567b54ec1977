"""Loss curves as a picture."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sheetgrader.training.outcomes import RunResult

_MOST_PANELS: Final = 4
_DOTS_PER_INCH: Final = 120


def draw_curves(runs: Sequence[RunResult], title: str) -> bytes | None:
    """Return a PNG with one panel for each curve that runs report, and a line for each run; None where none reports any."""
    names = list(dict.fromkeys(name for run in runs for name in run.curves))[:_MOST_PANELS]
    if not names:
        return None
    figure = Figure(figsize=(5.5 * len(names), 3.8), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title)
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        drawn = [(run.name, run.curves[name]) for run in runs if name in run.curves]
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
