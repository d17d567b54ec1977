"""What each group drew, as it was found when its submission was graded last."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from sheetgrader.course.directory import Sheet
from sheetgrader.course.staging import write_file
from sheetgrader.items import DrawnAxes

#: What grading writes is far less.
_MOST_BYTES: Final = 16 << 20


def curves_file(sheet: Sheet, group: str) -> Path:
    """Return where the curves of ``group`` are: beside its result, which is read far more often."""
    return sheet.course.reports_folder / sheet.name / "curves" / f"{group}.json"


def read_curves(sheet: Sheet, group: str) -> tuple[DrawnAxes, ...]:
    """Return what ``group`` drew; nothing where that was not kept, as by earlier versions, or cannot be read."""
    try:
        with curves_file(sheet, group).open("rb") as file:
            return msgspec.json.decode(file.read(_MOST_BYTES), type=tuple[DrawnAxes, ...])
    except (OSError, msgspec.MsgspecError):
        return ()


def keep_curves(sheet: Sheet, group: str, drawn: tuple[DrawnAxes, ...]) -> None:
    """Keep what ``group`` drew in the place of what was kept before.

    Raises:
        OSError: it cannot be written.
    """
    path = curves_file(sheet, group)
    if drawn:
        write_file(path, msgspec.json.encode(drawn) + b"\n")
    else:
        path.unlink(missing_ok=True)
