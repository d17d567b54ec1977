"""What all groups' trainings recorded epoch by epoch, in one plot each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sheetgrader.items import DrawnAxes, DrawnCurve
from sheetgrader.report.class_report.curves import ClassPlot, class_plot
from sheetgrader.training.kept import RecordedRun

#: More make a page that is too long.
_MOST_PLOTS: Final = 6
#: From this ratio of the largest to the smallest value on, a linear axis shows too little of the small ones.
_DECADES: Final = 20


def training_plots(runs: Mapping[str, Sequence[RecordedRun]]) -> list[ClassPlot]:
    """Return a plot for each curve that runs have recorded, those that most groups have first.

    Args:
        runs: of each group.
    """
    recorded: dict[tuple[str, str], dict[str, tuple[float | None, ...]]] = {}
    for group, of_group in runs.items():
        for run in of_group:
            for name, curve in run.curves.items():
                recorded.setdefault((run.name, name), {})[group] = curve
    most = sorted(recorded.items(), key=lambda each: -len(each[1]))[:_MOST_PLOTS]
    plots = [class_plot(f"{run}, {name.replace('_', ' ')}", _axes(name, curves)) for (run, name), curves in most]
    return [plot for plot in plots if plot is not None]


def _axes(name: str, curves: Mapping[str, Sequence[float | None]]) -> dict[str, DrawnAxes]:
    finite = [value for curve in curves.values() for value in curve if value is not None]
    spans_decades = bool(finite) and min(finite) > 0 and max(finite) > _DECADES * min(finite)
    return {
        group: DrawnAxes(
            notebook="",
            cell="",
            position=0,
            xlabel="epoch",
            ylabel=name.replace("_", " "),
            yscale="log" if spans_decades else "",
            curves=(DrawnCurve(x=tuple(map(float, range(1, len(curve) + 1))), y=tuple(curve)),),
        )
        for group, curve in curves.items()
    }
