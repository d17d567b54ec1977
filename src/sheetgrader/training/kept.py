"""Reports of trainings as files in ``reports/<sheet>/training/``: where they are, and what the groups' say."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from sheetgrader.course.directory import Sheet

#: Far more than any training reports.
_MOST_BYTES: Final = 16 << 20
UNFINISHED: Final = "-unfinished"


class RecordedRun(msgspec.Struct, frozen=True, kw_only=True):
    """What a script recorded epoch by epoch: of a :class:`~sheetgrader.training.outcomes.RunResult` as it was kept."""

    name: str
    #: None where a value was no finite number: JSON has none.
    curves: dict[str, tuple[float | None, ...]] = {}


class _Report(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of a :class:`~sheetgrader.training.outcomes.TrainingReport`."""

    sheet: str
    group: str = ""
    runs: tuple[RecordedRun, ...]


def training_folder(sheet: Sheet) -> Path:
    """Return where the reports are."""
    return sheet.course.reports_folder / sheet.name / "training"


def read_runs(sheet: Sheet) -> dict[str, tuple[RecordedRun, ...]]:
    """Return the runs of each group's scripts as they were recorded last, without reports that are damaged or
    unfinished.
    """
    found: dict[str, dict[str, RecordedRun]] = {}
    for path in sorted(training_folder(sheet).glob("*.json"), key=_written):
        if path.stem.endswith(UNFINISHED):
            continue
        try:
            with path.open("rb") as file:
                report = msgspec.json.decode(file.read(_MOST_BYTES), type=_Report)
        except (OSError, msgspec.MsgspecError):
            continue
        if report.group and report.sheet == sheet.name:
            found.setdefault(report.group, {}).update((run.name, run) for run in report.runs)
    return {group: tuple(runs.values()) for group, runs in found.items()}


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
