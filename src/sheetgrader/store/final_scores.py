"""Final scores out of the gradebook: what the autograder gave and what tutors changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import msgspec
from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    GradeCell,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from sqlalchemy import select

from sheetgrader.course.directory import Sheet
from sheetgrader.store.database import open_gradebook

#: What nbgrader itself writes on an answer that was left as it was given out.
NO_RESPONSE: Final = "No response."


class FinalCell(msgspec.Struct, frozen=True, kw_only=True):
    """The score of one cell."""

    notebook: str
    grade_id: str
    max_points: float
    auto_points: float | None
    manual_points: float | None
    extra_credit: float
    needs_manual_grade: bool

    @property
    def is_undecided(self) -> bool:
        """Whether neither the autograder nor anybody else has given points."""
        return self.auto_points is None and self.manual_points is None

    @property
    def has_earlier_mark(self) -> bool:
        """Whether its mark was given to an earlier answer, or beside another verdict."""
        return self.manual_points is not None and self.needs_manual_grade

    @property
    def points(self) -> float:
        """What counts: the tutor's score before the autograder's, and extra credit on top of either."""
        points = self.manual_points if self.manual_points is not None else self.auto_points
        return 0.0 if points is None else points + self.extra_credit


class FinalComment(msgspec.Struct, frozen=True, kw_only=True):
    """The comment on one answer."""

    notebook: str
    grade_id: str
    auto: str | None
    manual: str | None

    @property
    def text(self) -> str:
        """What counts: the tutor's comment before the autograder's; nothing where it is nbgrader's own remark, which
        the formgrader keeps as if it were a tutor's.
        """
        text = self.manual if self.manual is not None else self.auto or ""
        return "" if text.strip() == NO_RESPONSE else text


class FinalScore(msgspec.Struct, frozen=True, kw_only=True):
    """The score of one submission as the gradebook has it now."""

    group: str
    cells: tuple[FinalCell, ...]
    comments: tuple[FinalComment, ...]
    late_penalty: float
    #: When it was handed in and when it was due, in UTC without a timezone; None where that is not known.
    timestamp: datetime | None
    deadline: datetime | None
    #: How much of the deadline is an extension.
    extension_seconds: float = 0.0

    @property
    def points(self) -> float:
        """Points after the late penalty, as ``nbgrader export`` has them."""
        return max(0.0, sum(cell.points for cell in self.cells) - self.late_penalty)

    def points_in(self, notebook: str) -> float:
        """Return the points of one notebook's cells, before a late penalty."""
        return sum(cell.points for cell in self.cells if cell.notebook == notebook)

    @property
    def max_points(self) -> float:
        """Points that could be had."""
        return sum(cell.max_points for cell in self.cells)

    @property
    def needs_manual_grade(self) -> bool:
        """Whether a tutor still has to look at a cell."""
        return any(cell.needs_manual_grade for cell in self.cells)

    @property
    def seconds_late(self) -> float:
        """How late it was handed in; 0 where that is not known."""
        if self.timestamp is None or self.deadline is None:
            return 0.0
        return max(0.0, (self.timestamp - self.deadline).total_seconds())


def read_final_scores(sheet: Sheet) -> dict[str, FinalScore]:
    """Return the final score of every submission of ``sheet`` that the gradebook has, by group in order.

    Raises:
        GradebookError: the gradebook cannot be read.
    """
    with open_gradebook(sheet.course) as gradebook:
        return read_scores(gradebook.db, sheet.name)


def read_scores(
    session: Any, name: str, *, group: str | None = None, with_comments: bool = True
) -> dict[str, FinalScore]:
    """Return the final score of every submission of the sheet ``name``, or of one group's, in few queries however many
    there are.
    """
    chosen = () if group is None else (SubmittedAssignment.student_id == group,)
    maxima: dict[str, float] = {}
    for kind in (GradeCell, TaskCell):
        maxima |= dict(session.execute(select(kind.id, kind.max_score)).all())
    submissions = session.execute(
        select(
            SubmittedAssignment.id,
            SubmittedAssignment.student_id,
            SubmittedAssignment.timestamp,
            SubmittedAssignment.extension,
            Assignment.duedate,
        )
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .where(Assignment.name == name, *chosen)
        .order_by(SubmittedAssignment.student_id)
    ).all()
    cells: dict[str, list[FinalCell]] = {}
    columns = (Grade.cell_id, Grade.auto_score, Grade.manual_score, Grade.extra_credit, Grade.needs_manual_grade)
    for submission, notebook, cell, *row in _rows(session, Grade, name, columns, chosen):
        identifier, auto, manual, extra, needs = row
        cells.setdefault(submission, []).append(
            FinalCell(
                notebook=notebook,
                grade_id=cell,
                max_points=maxima[identifier],
                auto_points=auto,
                manual_points=manual,
                extra_credit=extra or 0.0,
                needs_manual_grade=bool(needs),
            )
        )
    comments: dict[str, list[FinalComment]] = {}
    if with_comments:
        written = (Comment.auto_comment, Comment.manual_comment)
        for submission, notebook, cell, auto, manual in _rows(session, Comment, name, written, chosen):
            comments.setdefault(submission, []).append(
                FinalComment(notebook=notebook, grade_id=cell, auto=auto, manual=manual)
            )
    penalties: dict[str, float] = {}
    for submission, penalty in session.execute(
        select(SubmittedNotebook.assignment_id, SubmittedNotebook.late_submission_penalty)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .where(SubmittedNotebook.late_submission_penalty.is_not(None), *chosen)
    ):
        penalties[submission] = penalties.get(submission, 0.0) + penalty
    return {
        group: FinalScore(
            group=group,
            cells=tuple(cells.get(identifier, ())),
            comments=tuple(comments.get(identifier, ())),
            late_penalty=penalties.get(identifier, 0.0),
            timestamp=timestamp,
            deadline=deadline + extension if deadline is not None and extension is not None else deadline,
            extension_seconds=extension.total_seconds() if extension is not None else 0.0,
        )
        for identifier, group, timestamp, extension, deadline in submissions
    }


def read_registered(session: Any) -> dict[str, str]:
    """Return who everybody is whom the gradebook knows, whatever they have handed in, by id."""
    rows = session.execute(select(Student.id, Student.first_name, Student.last_name))
    return {student: _full_name(first, last) for student, first, last in rows}


def _full_name(first: str | None, last: str | None) -> str:
    return " ".join(part for part in (first, last) if part)


def _rows(session: Any, kind: Any, name: str, columns: tuple[Any, ...], chosen: tuple[Any, ...]) -> Iterator[Any]:
    """Yield submission, notebook, cell and ``columns`` of all rows of a kind; not as objects, which takes longer."""
    query = (
        select(SubmittedNotebook.assignment_id, Notebook.name, BaseCell.name, *columns)
        .select_from(kind)
        .join(SubmittedNotebook, SubmittedNotebook.id == kind.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .join(Assignment, Assignment.id == Notebook.assignment_id)
        .join(BaseCell, BaseCell.id == kind.cell_id)
        .where(Assignment.name == name, *chosen)
        .order_by(Notebook.name)
    )
    yield from session.execute(query)
