"""The gradebook in a real PostgreSQL server that the test starts for itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import create_engine, text

PROGRAMS = Path(sys.executable).parent
_VERSIONS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True)
SERVER = next((str(folder / "pg_ctl") for folder in _VERSIONS), None) or shutil.which("pg_ctl")

pytestmark = pytest.mark.skipif(
    SERVER is None, reason="PostgreSQL's server is not installed (on Debian: apt-get install postgresql)"
)


def _as_server(*command: str | Path) -> None:
    """Run one of PostgreSQL's programs, which refuse to work for the root user."""
    user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    subprocess.run([*user, *command], check=True, cwd="/", stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    """The folder with the socket of a server that trusts everybody."""
    assert SERVER is not None
    # Not pytest's folder: no other user may enter that one, and the path of a socket must be short.
    with tempfile.TemporaryDirectory(prefix="postgresql-") as name:
        folder = Path(name)
        folder.chmod(0o777)
        data = folder / "data"
        _as_server(
            Path(SERVER).with_name("initdb"), "-D", data, "-U", "grader", "-A", "trust", "-E", "UTF8", "--no-sync"
        )
        _as_server(SERVER, "-D", data, "-l", folder / "log", "-w", "-o", f"-k {folder} -h '' -F", "start")
        try:
            yield folder
        finally:
            _as_server(SERVER, "-D", data, "-m", "immediate", "stop")


@pytest.fixture
def db_url(server: Path) -> str:
    engine = create_engine(f"postgresql+psycopg://grader@/postgres?host={server}", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS course"))
        connection.execute(text("CREATE DATABASE course"))
    engine.dispose()
    return f"postgresql+psycopg://grader@/course?host={server}"


def _run(course: Path, program: str, *arguments: str, status: int = 0) -> None:
    # nbgrader calls alembic by its name.
    environment = os.environ | {"PATH": f"{PROGRAMS}:{os.environ['PATH']}"}
    ended = subprocess.run(
        [PROGRAMS / program, *arguments], cwd=course, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == status, ended.stderr + ended.stdout


def _scores(db_url: str) -> dict[tuple[str, str, str], tuple[float | None, float | None]]:
    with Gradebook(db_url) as gradebook:
        return {
            (submission.student.id, notebook.name, grade.name): (grade.auto_score, grade.manual_score)
            for submission in gradebook.assignment_submissions("ps1")
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def test_example_course_has_the_same_scores_as_in_sqlite(example_course: Path, db_url: str) -> None:
    found = {}
    for url in (f"sqlite:///{example_course / 'gradebook.db'}", db_url):
        (example_course / "nbgrader_config.py").write_text(f"c.CourseDirectory.db_url = {url!r}\n")
        _run(example_course, "sheetgrader", "grade", "ps1", "--force")
        found[url] = _scores(url)
    assert len(set(map(str, found.values()))) == 1
    assert any(score for score, _ in found[db_url].values())


def test_manual_scores_outlive_a_regrade_and_are_exported(example_course: Path, db_url: str) -> None:
    (example_course / "nbgrader_config.py").write_text(f"c.CourseDirectory.db_url = {db_url!r}\n")
    _run(example_course, "sheetgrader", "grade", "ps1")
    before = _scores(db_url)
    cell = next(key for key, (score, _) in before.items() if score is None)
    with Gradebook(db_url) as gradebook:
        grade = gradebook.find_grade(cell[2], cell[1], "ps1", cell[0])
        # As the formgrader does it.
        grade.manual_score, grade.needs_manual_grade = 0.75, False
        gradebook.db.commit()
    _run(example_course, "sheetgrader", "grade", "ps1", "--force")
    after = _scores(db_url)
    assert after[cell] == (None, 0.75)
    assert {key: score for key, score in after.items() if key != cell} == {
        key: score for key, score in before.items() if key != cell
    }
    _run(example_course, "nbgrader", "export", "--to", "grades.csv")
    assert cell[0] in (example_course / "grades.csv").read_text()


def test_a_server_that_is_gone_is_told_in_one_sentence(example_course: Path, tmp_path: Path) -> None:
    (example_course / "nbgrader_config.py").write_text(
        f"c.CourseDirectory.db_url = 'postgresql+psycopg://grader:secret@/course?host={tmp_path}'\n"
    )
    ended = subprocess.run(
        [PROGRAMS / "sheetgrader", "grade", "ps1"], cwd=example_course, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    told = [line for line in ended.stderr.splitlines() if line.startswith("error:")]
    assert len(told) == 1
    assert "the gradebook postgresql+psycopg://grader:***@/course" in told[0]
    assert "Traceback" not in ended.stderr
    assert "secret" not in ended.stderr
