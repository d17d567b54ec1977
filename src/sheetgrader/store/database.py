"""nbgrader's database: opened so that a new one is complete, its errors told in a sentence, the instructor's cells read
from it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import nbgrader.dbutil
from nbgrader.api import Assignment, Base, Gradebook, MissingEntry, Notebook
from nbgrader.api import Course as CourseRow
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session

from sheetgrader.course.directory import Course
from sheetgrader.errors import GradebookError
from sheetgrader.items import SourceCell

#: Milliseconds to wait while somebody else writes the gradebook; and those of Python's sqlite3.
_PATIENCE: Final = 30_000
_PYTHONS_PATIENCE: Final = 5000


@contextlib.contextmanager
def open_gradebook(course: Course, db_url: str | None = None) -> Iterator[Gradebook]:
    """Give the course's gradebook, made if it does not exist yet.

    Raises:
        GradebookError: it cannot be opened, or a statement inside the block fails.
    """
    url = db_url or course.db_url
    with telling_database_errors(url):
        ensure_database(url)
        gradebook = Gradebook(url, course.coursedir.course_id)
        try:
            yield gradebook
        finally:
            gradebook.close()


@contextlib.contextmanager
def telling_database_errors(db_url: str) -> Iterator[None]:
    """Turn the database's errors inside the block into a sentence.

    Raises:
        GradebookError: in the place of any error of SQLAlchemy's or the driver's.
    """
    try:
        yield
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise GradebookError(
            f"the gradebook's address {_shown(db_url)} cannot be used: {_first_line(error)}; check"
            " c.CourseDirectory.db_url"
        ) from None
    except SQLAlchemyError as error:
        raise GradebookError(f"the gradebook {_shown(db_url)} {_what_failed(error)}") from error


def ensure_database(db_url: str) -> None:
    """Create nbgrader's tables where the database has none.

    nbgrader would do so itself when it first opens the database, but it calls the command ``alembic`` for that, which
    is not found where the virtual environment is not activated. All tables are made in one transaction.
    """
    engine = create_engine(db_url)
    try:
        if not inspect(engine).get_table_names():
            _create_tables(engine)
        if engine.dialect.name != "sqlite":
            _enter_nameless_course(engine)
    finally:
        engine.dispose()


def begin_writing(connection: Connection) -> None:
    """Let what is read from now on be what is written over: in SQLite nobody else writes until the transaction ends."""
    if connection.dialect.name == "sqlite":
        # Marks of a whole class at once may take longer than Python waits for others where nobody has said how long.
        if connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == _PYTHONS_PATIENCE:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {_PATIENCE}")
        # Python's sqlite3 would begin only with the first change, after what is read before it.
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _create_tables(engine: Engine) -> None:
    from alembic.script import ScriptDirectory  # only a new gradebook needs it

    revision = ScriptDirectory(nbgrader.dbutil.ALEMBIC_DIR).get_current_head()
    with engine.begin() as connection:
        begin_writing(connection)
        if not inspect(connection).get_table_names():
            Base.metadata.create_all(bind=connection)
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            connection.execute(
                text("INSERT INTO alembic_version (version_num) VALUES (:revision)"), {"revision": revision}
            )


def _enter_nameless_course(engine: Engine) -> None:
    """Enter the course that sheets belong to where nbgrader's configuration gives it no id.

    nbgrader leaves it out and refers to it all the same, which only SQLite lets pass.
    """
    with Session(engine) as session, session.begin():
        if session.get(CourseRow, "") is None:
            session.add(CourseRow(id=""))


def read_source_cells(gradebook: Gradebook, sheet: str) -> dict[str, tuple[str | None, tuple[SourceCell, ...]]] | None:
    """Return kernelspec and instructor's cells of each notebook of ``sheet`` as nbgrader saved them; None where the
    sheet was never released.
    """
    try:
        assignment: Assignment = gradebook.find_assignment(sheet)
    except MissingEntry:
        return None
    return {notebook.name: (notebook.kernelspec, _cells(notebook)) for notebook in assignment.notebooks} or None


def _cells(notebook: Notebook) -> tuple[SourceCell, ...]:
    points: dict[str, float] = {
        cell.name: float(cell.max_score) for cell in (*notebook.grade_cells, *notebook.task_cells)
    }
    graded = {cell.name for cell in notebook.grade_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    tasks = {cell.name for cell in notebook.task_cells}
    return tuple(
        SourceCell(
            grade_id=cell.name,
            cell_type=cell.cell_type,
            source=cell.source or "",
            locked=bool(cell.locked),
            grade=cell.name in graded,
            solution=cell.name in solutions,
            task=cell.name in tasks,
            max_points=points.get(cell.name),
            checksum=cell.checksum,
        )
        for cell in notebook.source_cells
    )


def _what_failed(error: SQLAlchemyError) -> str:
    reason = _first_line(error.orig if isinstance(error, DBAPIError) and error.orig is not None else error)
    lowered = reason.lower()
    if "locked" in lowered:
        return "is locked by another program: close it, or wait until it is done, and run the command again"
    if "no such column" in lowered or "no such table" in lowered or "does not exist" in lowered:
        return (
            f"was written by another version of nbgrader ({reason}): make a copy of it, then run: nbgrader db upgrade"
        )
    if "readonly" in lowered or "read-only" in lowered:
        return "cannot be written: it, or the folder it is in, is read-only"
    if "full" in lowered or "disk i/o" in lowered:
        return f"cannot be written: {reason}; free some space and run the command again"
    if "not a database" in lowered or "malformed" in lowered:
        return f"is damaged: {reason}; put a copy back, or move the file away to begin a new one"
    if "unable to open" in lowered:
        return "cannot be opened: check that its folder exists and may be written"
    return f"cannot be used: {reason}"


def _first_line(error: Any) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _shown(db_url: str) -> str:
    """Return where the database is without a password."""
    try:
        url = make_url(db_url)
    except ArgumentError:
        return repr(db_url)
    return (
        str(Path(url.database))
        if url.drivername.startswith("sqlite") and url.database
        else url.render_as_string(hide_password=True)
    )
