import os
import sqlite3
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from sheetgrader.errors import GradebookError
from sheetgrader.store.database import begin_writing, ensure_database, open_gradebook, read_source_cells
from sheetgrader.store.generation import generate


@pytest.mark.slow
def test_a_new_database_is_the_one_that_nbgrader_would_make(tmp_path, monkeypatch):
    ours, theirs = tmp_path / "ours.db", tmp_path / "theirs.db"
    with monkeypatch.context() as patch:
        # nbgrader calls alembic.
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        Gradebook(f"sqlite:///{theirs}", "").close()
    ensure_database(f"sqlite:///{ours}")
    for query in ("select name, sql from sqlite_master order by name", "select * from alembic_version"):
        assert sqlite3.connect(ours).execute(query).fetchall() == sqlite3.connect(theirs).execute(query).fetchall()


def test_no_command_is_called_to_make_a_database(builder, monkeypatch):
    builder.source()
    monkeypatch.setenv("PATH", "/nowhere")
    with open_gradebook(builder.load()) as gradebook:
        assert isinstance(gradebook, Gradebook)
        assert gradebook.assignments == []


def test_an_existing_database_is_left_as_it_is(builder):
    builder.source()
    course = builder.load()
    with open_gradebook(course) as gradebook:
        gradebook.add_student("ada")
    before = (builder.root / "gradebook.db").read_bytes()
    with open_gradebook(course) as gradebook:
        assert [student.id for student in gradebook.students] == ["ada"]
    assert (builder.root / "gradebook.db").read_bytes() == before


def test_source_cells_are_those_that_nbgrader_saved(builder):
    builder.source(
        builder.locked("imports", "import math"),
        builder.plain("x = 1"),
        builder.answer("ex1_code", "y = 2"),
        builder.tests("ex1_test", "assert y == 2", points=1.5),
        builder.answer("ex1_text", "Because.", points=2.0, markdown=True),
        builder.task("ex2", "Draw.", points=3.0),
    )
    course = builder.load()
    with open_gradebook(course) as gradebook:
        assert read_source_cells(gradebook, "sheet") is None
    generate(course.sheet("sheet"), builder.root / "release", course.db_url)
    with open_gradebook(course) as gradebook:
        ((kernelspec, cells),) = read_source_cells(gradebook, "sheet").values()
    assert kernelspec == "{}"
    roles = [(cell.grade_id, cell.grade, cell.solution, cell.locked, cell.task, cell.max_points) for cell in cells]
    assert roles == [
        ("imports", False, False, True, False, None),
        ("ex1_code", False, True, False, False, None),
        ("ex1_test", True, False, True, False, 1.5),
        ("ex1_text", True, True, False, False, 2.0),
        ("ex2", False, False, True, True, 3.0),
    ]
    assert cells[2].source == "assert y == 2"
    assert "raise NotImplementedError()" in cells[1].source
    assert all(len(cell.checksum) == 32 for cell in cells)


def test_a_locked_database_is_one_sentence(builder, monkeypatch):
    builder.source()
    course = builder.load()
    with open_gradebook(course):
        pass
    course.coursedir.db_url += "?timeout=0.1"
    other = sqlite3.connect(builder.root / "gradebook.db", isolation_level=None)
    other.execute("begin exclusive")
    with pytest.raises(GradebookError, match=r"gradebook.db is locked by another program"), open_gradebook(course):
        pass
    other.close()


@pytest.mark.parametrize(("timeout", "patience"), [("", 30_000), ("?timeout=0.1", 100)])
def test_whoever_writes_waits_for_others_as_long_as_marks_of_a_class_take(builder, timeout, patience):
    engine = create_engine(f"sqlite:///{builder.root.parent}/some.db{timeout}", poolclass=NullPool)
    with engine.connect() as connection:
        begin_writing(connection)
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == patience


def test_a_file_that_is_no_database_is_one_sentence(builder):
    builder.source()
    builder.write("gradebook.db", "these are no scores, but there are many of them\n" * 100)
    with (
        pytest.raises(GradebookError, match=r"gradebook.db is damaged: file is not a database"),
        open_gradebook(builder.load()),
    ):
        pass


def test_a_database_of_an_older_nbgrader_is_one_sentence(builder):
    builder.source()
    builder.write("gradebook.db", "")
    with sqlite3.connect(builder.root / "gradebook.db") as old:
        old.execute("create table assignment (id text, title text)")
        old.execute("create table alembic_version (version_num text)")
    with (
        pytest.raises(GradebookError, match=r"another version of nbgrader .*nbgrader db upgrade"),
        open_gradebook(builder.load()) as gradebook,
    ):
        read_source_cells(gradebook, "sheet")


@pytest.mark.parametrize("url", ["gradebook.db", "mysterious://host/db", "sqlite:////nowhere/at/all/gradebook.db"])
def test_an_address_that_cannot_be_used_is_one_sentence(builder, url):
    builder.source()
    course = builder.load()
    course.coursedir.db_url = url
    with pytest.raises(GradebookError, match="cannot be") as caught, open_gradebook(course):
        pass
    assert "\n" not in str(caught.value)


def test_a_password_in_the_address_is_never_shown(builder):
    builder.source()
    course = builder.load()
    course.coursedir.db_url = "mysterious://ada:hunter2@host/db"
    with pytest.raises(GradebookError) as caught, open_gradebook(course):
        pass
    assert "hunter2" not in str(caught.value)
    assert "ada:***@host" in str(caught.value)
