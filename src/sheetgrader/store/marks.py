"""Marks in nbgrader's gradebook, and beside them what the gradebook was told of last.

What it was told stands in a table of its own, written with the marks in one transaction. So it can be said of every
mark whether others have given it, and of every line in ``marking/`` whether the gradebook knows of it: also after a
crash, and of a gradebook that is new or an older copy. nbgrader never looks at that table.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.converters.autograde import Autograde
from sqlalchemy import Column, DateTime, Float, MetaData, String, Table, Text, create_engine, delete, inspect, select
from sqlalchemy import insert as insert_into
from sqlalchemy import update as update_of
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from sheetgrader.course.directory import Sheet, nbgrader_log
from sheetgrader.store.database import begin_writing, open_gradebook, telling_database_errors
from sheetgrader.store.kept_results import read_result
from sheetgrader.store.penalties import LatePenalties

#: Notebook and ``grade_id``.
CellKey = tuple[str, str]

_TOLD: Final = Table(
    "sheetgrader_marks",
    MetaData(),
    Column("grade", String(32), primary_key=True),
    Column("points", Float),
    Column("comment", Text, nullable=False),
    Column("said", DateTime, nullable=False),
)
#: How many ids one statement names; SQLite's older versions take a thousand.
_AT_ONCE: Final = 500


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the gradebook was told of an answer last."""

    points: float | None
    comment: str
    #: When that was decided.
    said: datetime


class MarkRow(msgspec.Struct, frozen=True, kw_only=True):
    """What the gradebook says of one answer."""

    group: str
    notebook: str
    grade_id: str
    #: nbgrader's ids of the score and of the notebook that was handed in.
    grade: str
    submitted_notebook: str
    auto_points: float | None
    points: float | None
    extra_credit: float
    #: Somebody has to look at it.
    is_open: bool
    comment: str
    #: nbgrader has a place for one.
    takes_comment: bool
    told: Told | None

    @property
    def key(self) -> CellKey:
        """Notebook and ``grade_id``."""
        return self.notebook, self.grade_id

    @property
    def is_as_told(self) -> bool:
        """Whether nobody has given anything there since it was told."""
        told = self.told or Told(points=None, comment="", said=datetime.min.replace(tzinfo=UTC))
        return (self.points, self.comment) == (told.points, told.comment)


class MarksInGradebook:
    """Reads and writes the marks of one sheet in nbgrader's database; a connection is held no longer than needed."""

    def __init__(self, sheet: Sheet, comment_cells: Mapping[CellKey, str]) -> None:
        """Prepare it.

        Args:
            sheet: whose marks.
            comment_cells: by cell with points, the cell of the same notebook that its comment stands at.

        Raises:
            GradebookError: the gradebook cannot be used.
        """
        self._sheet = sheet
        self._url = sheet.course.db_url
        self._comment_cells = comment_cells
        self._penalties: LatePenalties | None = None
        with open_gradebook(sheet.course):
            pass  # made complete, where it is new
        with telling_database_errors(self._url):
            # Without a pool, nothing is open between two calls, nor shared by threads.
            self._engine = create_engine(self._url, poolclass=NullPool)
            with self._engine.connect() as connection:
                has_table = inspect(connection).has_table(_TOLD.name)
            if not has_table:
                self._make_table()

    def read(self, *, cell: CellKey | None = None, group: str | None = None) -> dict[tuple[str, CellKey], MarkRow]:
        """Return what the gradebook says of all answers, or of those to one cell or of one group, by group and cell.

        Raises:
            GradebookError: it cannot be read.
        """
        with telling_database_errors(self._url), self._engine.connect() as connection:
            return self._read(connection, cell, None if group is None else [group])

    @contextlib.contextmanager
    def writing(self, groups: Collection[str]) -> Iterator[MarksBeingWritten]:
        """Give a transaction in which nobody else writes marks of ``groups``; what the block raises undoes it.

        Raises:
            GradebookError: the gradebook cannot be written; it is as it was before.
        """
        with telling_database_errors(self._url), self._engine.connect() as connection:
            begin_writing(connection)
            yield MarksBeingWritten(self, connection, groups)
            connection.commit()

    def _read(
        self, connection: Connection, cell: CellKey | None, groups: Collection[str] | None
    ) -> dict[tuple[str, CellKey], MarkRow]:
        comments = self._read_comments(connection, cell, groups)
        found = {}
        query = (
            select(
                SubmittedAssignment.student_id,
                Notebook.name,
                BaseCell.name,
                Grade.id,
                Grade.notebook_id,
                Grade.auto_score,
                Grade.manual_score,
                Grade.extra_credit,
                Grade.needs_manual_grade,
                _TOLD.c.said,
                _TOLD.c.points,
                _TOLD.c.comment,
            )
            .select_from(Grade)
            .outerjoin(_TOLD, _TOLD.c.grade == Grade.id)
        )
        names = None if cell is None else (cell[0], [cell[1]])
        for row in self._chosen(connection, Grade, query, names, groups):
            group, notebook, name, grade, submitted, auto, manual, extra, is_open, said, points, comment = row
            told = None
            if said is not None:
                told = Told(points=points, comment=comment, said=said.replace(tzinfo=UTC))
            found[group, (notebook, name)] = MarkRow(
                group=group,
                notebook=notebook,
                grade_id=name,
                grade=grade,
                submitted_notebook=submitted,
                auto_points=auto,
                points=manual,
                extra_credit=extra or 0.0,
                is_open=bool(is_open),
                comment=comments.get((submitted, self._comment_cells.get((notebook, name), "")), ""),
                takes_comment=(notebook, name) in self._comment_cells,
                told=told,
            )
        return found

    def _read_comments(
        self, connection: Connection, cell: CellKey | None, groups: Collection[str] | None
    ) -> dict[tuple[str, str], str]:
        query = select(Comment.notebook_id, BaseCell.name, Comment.manual_comment).select_from(Comment)
        query = query.where(Comment.manual_comment.is_not(None))
        names = None if cell is None else (cell[0], [self._comment_cells.get(cell, "")])
        rows = self._chosen(connection, Comment, query, names, groups)
        return {(submitted, name): comment for submitted, name, comment in rows}

    def _chosen(
        self,
        connection: Connection,
        kind: Any,
        query: Any,
        cells: tuple[str, list[str]] | None,
        groups: Collection[str] | None,
    ) -> Iterator[Any]:
        """Yield the rows of ``query`` that are of the sheet, of those cells of one notebook, and of those groups."""
        query = (
            query.join(SubmittedNotebook, SubmittedNotebook.id == kind.notebook_id)
            .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
            .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
            .join(Assignment, Assignment.id == Notebook.assignment_id)
            .join(BaseCell, BaseCell.id == kind.cell_id)
            .where(Assignment.name == self._sheet.name)
        )
        if cells is not None:
            query = query.where(Notebook.name == cells[0], BaseCell.name.in_(cells[1]))
        if groups is None:
            yield from connection.execute(query)
            return
        for part in _parts(groups):
            yield from connection.execute(query.where(SubmittedAssignment.student_id.in_(part)))

    def _submissions(self, connection: Connection, groups: Collection[str]) -> Iterator[str]:
        """Yield the ids of what groups have handed in."""
        query = (
            select(SubmittedAssignment.id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .where(Assignment.name == self._sheet.name)
        )
        for part in _parts(groups):
            yield from connection.scalars(query.where(SubmittedAssignment.student_id.in_(part)))

    def _make_table(self) -> None:
        try:
            with self._engine.begin() as connection:
                _TOLD.create(connection)
        except SQLAlchemyError:
            # Another process may just have made it.
            with self._engine.connect() as connection:
                if not inspect(connection).has_table(_TOLD.name):
                    raise

    def _late_penalties(self) -> LatePenalties:
        if self._penalties is None:
            coursedir, config = self._sheet.course.coursedir, self._sheet.course.config
            self._penalties = LatePenalties(
                self._sheet, Autograde(coursedir=coursedir, config=config, log=nbgrader_log)
            )
        return self._penalties


class MarksBeingWritten:
    """Marks of some groups, in one transaction that nobody else can write them beside."""

    def __init__(self, marks: MarksInGradebook, connection: Connection, groups: Collection[str]) -> None:
        """Use :meth:`MarksInGradebook.writing`."""
        self._marks = marks
        self._connection = connection
        self._groups = groups
        # First what was handed in, as grading does, too: whoever has it writes all below it. In an order that is always
        # the same, so that two never wait for each other. In SQLite nobody else is here.
        for part in _parts(set(marks._submissions(connection, groups))):
            held = select(SubmittedAssignment.id).where(SubmittedAssignment.id.in_(part))
            connection.execute(held.order_by(SubmittedAssignment.id).with_for_update())
        for kind in (Grade, Comment):
            # The formgrader writes these by themselves.
            query = select(kind.id).select_from(kind).order_by(kind.id).with_for_update(of=kind)
            for _ in marks._chosen(connection, kind, query, None, groups):  # two halves of one
                pass

    def rows(self, cell: CellKey | None = None) -> dict[tuple[str, CellKey], MarkRow]:
        """Return what the gradebook says now of the groups' answers, or of those to one cell."""
        return self._marks._read(self._connection, cell, self._groups)

    def enter(self, row: MarkRow, points: float | None, comment: str, *, is_open: bool, said: datetime) -> MarkRow:
        """Enter a mark, or take one out, and return what is there then.

        Args:
            row: what is there.
            points: None for none.
            comment: empty for none.
            is_open: whether somebody has to look at the answer all the same.
            said: when that was decided.
        """
        self._connection.execute(
            update_of(Grade).where(Grade.id == row.grade).values(manual_score=points, needs_manual_grade=is_open)
        )
        self._enter_comment(row, comment)
        self._connection.execute(delete(_TOLD).where(_TOLD.c.grade == row.grade))
        told = {"grade": row.grade, "points": points, "comment": comment}
        self._connection.execute(insert_into(_TOLD).values(**told, said=said.astimezone(UTC).replace(tzinfo=None)))
        if points != row.points:
            self._enter_penalty(row)
        told_now = Told(points=points, comment=comment, said=said)
        return msgspec.structs.replace(row, points=points, comment=comment, is_open=is_open, told=told_now)

    def _enter_comment(self, row: MarkRow, comment: str) -> None:
        if comment == row.comment:
            return
        name = self._marks._comment_cells[row.key]
        cell = (
            select(BaseCell.id)
            .join(SubmittedNotebook, SubmittedNotebook.notebook_id == BaseCell.notebook_id)
            .where(SubmittedNotebook.id == row.submitted_notebook, BaseCell.name == name)
        )
        cells = list(self._connection.scalars(cell))
        of_answer = (Comment.notebook_id == row.submitted_notebook, Comment.cell_id.in_(cells))
        changed = self._connection.execute(update_of(Comment).where(*of_answer).values(manual_comment=comment or None))
        if not changed.rowcount and cells:
            values = {"notebook_id": row.submitted_notebook, "cell_id": cells[0], "manual_comment": comment}
            self._connection.execute(insert_into(Comment).values(**values))

    def _enter_penalty(self, row: MarkRow) -> None:
        with Session(bind=self._connection, join_transaction_mode="rollback_only") as session:
            notebook = session.get(SubmittedNotebook, row.submitted_notebook)
            submission = notebook and session.get(SubmittedAssignment, notebook.assignment_id)
            if notebook is None or submission is None or submission.total_seconds_late <= 0:
                return
            penalties = self._marks._late_penalties()
            result = read_result(self._marks._sheet, row.group)
            handed_in = result is None or row.notebook not in result.not_handed_in
            penalties.enter(session, submission, notebook, handed_in=handed_in)
            session.flush()


def _parts(names: Collection[str]) -> Iterator[list[str]]:
    """Yield names in order, as many as one statement names."""
    wanted = sorted(names)
    for start in range(0, len(wanted), _AT_ONCE):
        yield wanted[start : start + _AT_ONCE]
