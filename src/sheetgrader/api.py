"""Sheetgrader from Python: open a course, look at its sheets and groups, grade, release, read results.

.. code-block:: python

    from sheetgrader.api import open_course

    with open_course("course") as course:
        for sheet in course.sheets():
            print(sheet, course.groups(sheet), course.grade(sheet).report().seconds)

Nothing here prints, and every error that can be expected is a :class:`~sheetgrader.errors.SheetgraderError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from sheetgrader.course.directory import Course
from sheetgrader.errors import UsageError
from sheetgrader.execution.choosing import groups_that_handed_in, number_of_workers
from sheetgrader.execution.class_grading import ClassGrading, GradeOptions
from sheetgrader.execution.events import Event, Failed, Graded, LeftAsItIs, Progress, PutRight, Started
from sheetgrader.execution.releasing import checked_release
from sheetgrader.execution.reports import GradeReport, GroupReport
from sheetgrader.kernels.launcher import Zygote
from sheetgrader.release.release import ReleaseReport
from sheetgrader.results import CellResult, CriterionResult, Outcome, SubmissionResult
from sheetgrader.sandbox.limits import Isolation
from sheetgrader.store.facts import State
from sheetgrader.store.final_scores import FinalScore, read_final_scores
from sheetgrader.store.kept_results import read_history, read_result
from sheetgrader.store.open_matters import Action, Matter
from sheetgrader.store.standing import GroupStanding
from sheetgrader.store.standings import read_standings

__all__ = [
    "Action",
    "CellResult",
    "ClassGrading",
    "CriterionResult",
    "Event",
    "Failed",
    "FinalScore",
    "GradeReport",
    "Graded",
    "GroupReport",
    "GroupStanding",
    "LeftAsItIs",
    "Matter",
    "OpenCourse",
    "Outcome",
    "Progress",
    "PutRight",
    "ReleaseReport",
    "Started",
    "State",
    "SubmissionResult",
    "open_course",
]


def open_course(folder: Path | str) -> OpenCourse:
    """Open the course directory ``folder``; use it as a context manager.

    Raises:
        UsageError: it is no course directory.
        CourseError: its configuration is broken.
    """
    return OpenCourse(Course.load(Path(folder)))


class OpenCourse:
    """A course, with a warm process for sandboxes once something is to be graded."""

    def __init__(self, course: Course) -> None:
        """Use :func:`open_course`."""
        self._course = course
        self._zygote: Zygote | None = None
        self._gradings: list[ClassGrading] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the warm process, and what is still being graded; does nothing the second time."""
        try:
            while self._gradings:
                self._gradings.pop().stop()
        finally:
            if self._zygote is not None:
                self._zygote.close()
                self._zygote = None

    def sheets(self) -> list[str]:
        """Return the names of the course's sheets, in order."""
        return self._course.sheets()

    def groups(self, sheet: str) -> list[str]:
        """Return the groups that have handed in ``sheet``, in order.

        Raises:
            UsageError: there is no such sheet.
        """
        return self._course.sheet(sheet).submissions()

    def release(self, sheet: str) -> ReleaseReport:
        """Make the students' skeleton of ``sheet``, after all checks.

        Raises:
            SheetgraderError: the sheet cannot be read, or no sandbox can be had.
        """
        return checked_release(self._course.sheet(sheet), self._warm())

    def grade(
        self,
        sheet: str,
        groups: Sequence[str] | None = None,
        *,
        workers: int = 0,
        force: bool = False,
        dry_run: bool = False,
        twice: bool = False,
    ) -> ClassGrading:
        """Return the grading of ``groups``, or of all: iterate over its events, then ask for its ``report()``.

        Args:
            sheet: what to grade.
            groups: whose, by their names; all that have handed in where it is None.
            workers: submissions at a time; 0 for the course's setting.
            force: grade again what has not changed.
            dry_run: judge, and write nothing.
            twice: judge every criterion a second time in fresh kernels, also of what is graded already.

        Raises:
            UsageError: there is no such sheet or group, nobody has handed in, or ``workers`` is negative.
        """
        if workers < 0:
            raise UsageError(f"workers is {workers}; give 0 or more")
        chosen = self._course.sheet(sheet)
        if isinstance(groups, str):
            raise UsageError(f"groups is a list of names, as [{groups!r}], and no text")
        wanted = [] if groups is not None and not groups else groups_that_handed_in(chosen, groups or ())
        number = max(1, min(number_of_workers(workers, self._course.settings.workers), len(wanted)))
        options = GradeOptions(number, force=force, dry_run=dry_run, twice=twice)
        grading = ClassGrading(chosen, wanted, self._warm(), options)
        self._gradings.append(grading)
        return grading

    def result(self, sheet: str, group: str) -> SubmissionResult | None:
        """Return what grading ``group`` found out, verdict by verdict; None where it is not graded.

        Raises:
            UsageError: there is no such sheet.
        """
        return read_result(self._course.sheet(sheet), group)

    def earlier_results(self, sheet: str, group: str) -> list[SubmissionResult]:
        """Return the results that ``group`` had before, oldest first.

        Raises:
            UsageError: there is no such sheet.
        """
        return read_history(self._course.sheet(sheet), group)

    def scores(self, sheet: str) -> dict[str, FinalScore]:
        """Return the final scores by group as the gradebook has them: tests, tutors' marks, late penalties.

        Raises:
            UsageError: there is no such sheet.
            GradebookError: the gradebook cannot be read.
        """
        return read_final_scores(self._course.sheet(sheet))

    def standings(self, sheet: str) -> dict[str, GroupStanding]:
        """Return where each group stands with ``sheet``, as ``sheetgrader status`` shows it: points by question,
        lateness, what is open and for whom.

        Raises:
            UsageError: there is no such sheet.
            GradebookError: the gradebook cannot be read.
            CourseError: the sheet, or what was decided, cannot be read.
        """
        return read_standings(self._course.sheet(sheet))

    def _warm(self) -> Zygote:
        if self._zygote is None:
            settings = self._course.settings
            self._zygote = Zygote.start(preload=settings.preload, isolation=Isolation(settings.isolation))
        return self._zygote
