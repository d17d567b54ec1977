"""The histories of all answers of a sheet, read again only where a file has changed."""

from __future__ import annotations

from sheetgrader.course.directory import Sheet
from sheetgrader.marking.answer_index import CellKey, file_stamp
from sheetgrader.marking.history import History, histories
from sheetgrader.store.decisions import decisions_file, read_decisions

_NOTHING = History()


class KeptHistories:
    """What was decided about the answers to one sheet."""

    def __init__(self, sheet: Sheet) -> None:
        """Prepare it; nothing is read yet."""
        self._sheet = sheet
        self._kept: dict[str, tuple[str, dict[CellKey, History]]] = {}

    def of_group(self, group: str) -> dict[CellKey, History]:
        """Return the histories of a group's answers, by cell.

        Raises:
            CourseError: the file cannot be read.
        """
        stamp = file_stamp(decisions_file(self._sheet, group))
        if group not in self._kept or self._kept[group][0] != stamp:
            self._kept[group] = (stamp, histories(read_decisions(self._sheet, group)))
        return self._kept[group][1]

    def of(self, group: str, cell: CellKey) -> History:
        """Return the history of one answer.

        Raises:
            CourseError: the file cannot be read.
        """
        return self.of_group(group).get(cell, _NOTHING)
