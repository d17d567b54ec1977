"""The desks of all markers who use one server, each of them made when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from sheetgrader.course.directory import Course
from sheetgrader.marking.marking import Marking
from sheetgrader.report.marking_page.desk import Desk
from sheetgrader.report.marking_page.rendered import RenderedAnswers
from sheetgrader.report.marking_page.scanned import ScannedPages


class Desks:
    """Finds the desk of a marker of a sheet; may be used from several threads."""

    def __init__(self, course: Course, *, owner: str, marker: str = "", markers: Sequence[str] = ()) -> None:
        """Nothing is read yet.

        Args:
            course: whose sheets are marked.
            owner: who started the server.
            marker: who marks, whoever the server thinks it is; empty for whom it says.
            markers: who shares the work.
        """
        self._course = course
        self.owner = owner
        self.marker = marker
        self._markers = markers
        self._rendered = RenderedAnswers()
        self._scanned = ScannedPages()
        self._desks: dict[tuple[str, str], Desk] = {}
        self._finding = threading.Lock()

    def start(self) -> None:
        """Have at hand what the first answer takes."""
        self._rendered.__enter__()

    def close(self) -> None:
        """End what makes documents."""
        self._rendered.__exit__()
        self._scanned.__exit__()

    def title(self, sheet: str) -> str:
        """Return what a sheet is called.

        Raises:
            SheetgraderError: there is no such sheet.
        """
        found = self._course.sheet(sheet)
        return (found.regulations.title if found.regulations else "") or found.name

    def desk(self, sheet: str, marker: str) -> Desk:
        """Return the desk of a marker.

        Raises:
            SheetgraderError: there is no such sheet, or nothing of it can be marked.
        """
        with self._finding:
            if (sheet, marker) not in self._desks:
                marking = Marking(self._course.sheet(sheet), by=marker)
                self._desks[sheet, marker] = Desk(marking, self._rendered, self._scanned, self._markers)
            return self._desks[sheet, marker]
