"""Full results as JSON: the present one of each group, and the earlier ones."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from sheetgrader.course.directory import Sheet
from sheetgrader.course.staging import write_file
from sheetgrader.results import CellResult, CriterionResult, Outcome, Stages, SubmissionResult, encode_json


class CellChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a regrade changes in one cell."""

    notebook: str
    grade_id: str
    #: None where a human decides, or where the cell was not there.
    points_before: float | None
    points_after: float | None
    outcome_before: Outcome | None
    outcome_after: Outcome | None
    #: The criteria whose outcome changes: name, outcome before and after.
    criteria: tuple[tuple[str, Outcome | None, Outcome | None], ...] = ()


class Regrade(msgspec.Struct, frozen=True, kw_only=True):
    """What one later grading of a submission changed."""

    group: str
    #: In UTC.
    when: datetime
    changes: tuple[CellChange, ...]


def result_file(sheet: Sheet, group: str) -> Path:
    """Return where the present result of ``group`` is."""
    return sheet.course.reports_folder / sheet.name / "results" / f"{group}.json"


def history_folder(sheet: Sheet, group: str) -> Path:
    """Return where earlier results of ``group`` are, as ``1.json``, ``2.json`` and so on."""
    return sheet.course.reports_folder / sheet.name / "history" / group


def read_result(sheet: Sheet, group: str) -> SubmissionResult | None:
    """Return the present result of ``group``; None where there is none, or none that can be read."""
    return _read(result_file(sheet, group))


def read_history(sheet: Sheet, group: str) -> list[SubmissionResult]:
    """Return earlier results of ``group``, oldest first."""
    found = [(number, _read(path)) for number, path in _numbered(history_folder(sheet, group))]
    return [result for _, result in sorted(found, key=lambda pair: pair[0]) if result is not None]


def read_regrades(sheet: Sheet, group: str) -> tuple[Regrade, ...]:
    """Return what later gradings of ``group`` changed, oldest first; those that changed no verdict are left out."""
    # An earlier result is put into the history when the next one takes its place.
    earlier = [(_read(path), path.stat().st_mtime) for _, path in sorted(_numbered(history_folder(sheet, group)))]
    found = [(result, when) for result, when in earlier if result is not None]
    later = [*(result for result, _ in found[1:]), read_result(sheet, group)]
    return tuple(
        Regrade(group=group, when=datetime.fromtimestamp(when, UTC).replace(microsecond=0), changes=changed)
        for (before, when), after in zip(found, later, strict=False)
        if after is not None and (changed := changes(before, after))
    )


def keep_result(sheet: Sheet, result: SubmissionResult, earlier: SubmissionResult | None) -> None:
    """Make ``result`` the present one of its group; ``earlier``, where it says something else, goes into the history.

    Raises:
        OSError: it cannot be written.
    """
    path = result_file(sheet, result.group)
    if earlier is not None and _lasting(earlier) != _lasting(result):
        folder = history_folder(sheet, result.group)
        number = max((number for number, _ in _numbered(folder)), default=0) + 1
        write_file(folder / f"{number}.json", path.read_bytes())
    write_file(path, encode_json(result))


def changes(old: SubmissionResult | None, new: SubmissionResult) -> tuple[CellChange, ...]:
    """Return what differs between two results of one submission, by cell in the order of ``new``; nothing where there
    was no earlier result.
    """
    if old is None:
        return ()
    before = {(cell.notebook, cell.grade_id): cell for cell in old.cells}
    after = {(cell.notebook, cell.grade_id): cell for cell in new.cells}
    pairs = ((before.get(key), after.get(key)) for key in dict.fromkeys([*after, *before]))
    return tuple(change for earlier, later in pairs if (change := _change(earlier, later)) is not None)


def _change(before: CellResult | None, after: CellResult | None) -> CellChange | None:
    cell = after or before
    outcomes_before, outcomes_after = _outcomes(before), _outcomes(after)
    if cell is None or (_verdict(before) == _verdict(after) and outcomes_before == outcomes_after):
        return None
    return CellChange(
        notebook=cell.notebook,
        grade_id=cell.grade_id,
        points_before=_verdict(before)[0],
        points_after=_verdict(after)[0],
        outcome_before=_verdict(before)[1],
        outcome_after=_verdict(after)[1],
        criteria=tuple(
            (name, outcomes_before.get(name), outcomes_after.get(name))
            for name in dict.fromkeys([*outcomes_after, *outcomes_before])
            if outcomes_before.get(name) != outcomes_after.get(name)
        ),
    )


def _verdict(cell: CellResult | None) -> tuple[float | None, Outcome | None]:
    return (None, None) if cell is None else (cell.points, cell.outcome)


def _outcomes(cell: CellResult | None) -> dict[str, Outcome]:
    return {} if cell is None else {criterion.name: criterion.outcome for criterion in cell.criteria}


def _lasting(result: SubmissionResult) -> SubmissionResult:
    """Return ``result`` without what is different at every run."""
    return msgspec.structs.replace(
        result,
        stages=Stages(),
        cells=tuple(
            msgspec.structs.replace(cell, criteria=tuple(_timeless(criterion) for criterion in cell.criteria))
            for cell in result.cells
        ),
        runs=tuple(msgspec.structs.replace(run, seconds=0.0) for run in result.runs),
    )


def _timeless(criterion: CriterionResult) -> CriterionResult:
    return msgspec.structs.replace(criterion, seconds=0.0)


def _numbered(folder: Path) -> list[tuple[int, Path]]:
    return [(int(path.stem), path) for path in folder.glob("*.json") if path.stem.isdecimal()]


def _read(path: Path) -> SubmissionResult | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=SubmissionResult)
    except (OSError, msgspec.DecodeError):
        return None
