"""nbgrader's exchange there and back, with a user of its own for the instructor and for each student: what is fetched,
answered and submitted is graded here, and each gets the page that is made here.
"""

from __future__ import annotations

import os
import pwd
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from ..conftest import CourseBuilder

pytestmark = [
    pytest.mark.skipif(os.getuid() != 0, reason="only root can act for several users"),
    # Each command of nbgrader's takes seconds to start, and there are two dozen of them.
    pytest.mark.slow,
]

_ORDINARY_USER = Path(__file__).parents[1] / "sandbox" / "ordinary_user.py"
_PROGRAMS = Path(sys.executable).parent
#: Of every Debian; three who work together, and one who works alone.
INSTRUCTOR, TOGETHER, ALONE = "mail", ("daemon", "bin", "games"), "man"
_COURSE = "machine_learning"


@dataclass(frozen=True)
class User:
    """Somebody with a home folder."""

    name: str
    home: Path

    def run(self, *command: str | Path) -> str:
        """Run a program of this environment as this user, and return what it said."""
        done = subprocess.run(
            [sys.executable, _ORDINARY_USER, "--user", self.name, _PROGRAMS / command[0], *command[1:]],
            cwd=self.home,
            env={
                "HOME": str(self.home),
                "USER": self.name,
                "LOGNAME": self.name,
                "PATH": f"{_PROGRAMS}:/usr/bin:/bin",
                "LANG": "C.UTF-8",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


@dataclass(frozen=True)
class Exchange:
    """A course in use."""

    course: Path
    instructor: User
    students: dict[str, User]


@pytest.fixture
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Exchange:
    root = tmp_path_factory.mktemp("exchange")
    # pytest's own folders are for one user only.
    for folder in (root, *root.parents):
        if folder.is_relative_to("/tmp") and folder != Path("/tmp"):  # noqa: S108  # pytest's
            folder.chmod(folder.stat().st_mode | 0o055)
    (root / "exchange").mkdir()
    (root / "exchange").chmod(0o777)
    builder = CourseBuilder(root / "course")
    builder.write(
        "nbgrader_config.py",
        f"c = get_config()\nc.CourseDirectory.course_id = {_COURSE!r}\nc.Exchange.root = {str(root / 'exchange')!r}\n",
    )
    builder.source(
        builder.answer("team", "TEAM = [{'name': '', 'student_id': ''}]"),
        builder.answer("ex1_code", "### BEGIN SOLUTION\nx = 2\n### END SOLUTION"),
        builder.tests("ex1_test", "assert x == 2"),
    )

    def user(name: str, home: Path) -> User:
        home.mkdir(exist_ok=True)
        number = pwd.getpwnam(name)
        for path in (home, *home.rglob("*")):
            os.chown(path, number.pw_uid, number.pw_gid)
        if name != INSTRUCTOR:
            (home / "nbgrader_config.py").write_text((builder.root / "nbgrader_config.py").read_text())
        return User(name, home)

    students = {name: user(name, root / name) for name in (*TOGETHER, ALONE)}
    return Exchange(builder.root, user(INSTRUCTOR, builder.root), students)


def _answer(student: User, answer: str, members: Sequence[str]) -> None:
    path = student.home / "sheet" / "sheet.ipynb"
    notebook = nbformat.read(path, as_version=4)
    team = [{"name": f"Member {name.title()}", "student_id": name} for name in members]
    notebook.cells[0].source, notebook.cells[1].source = f"TEAM = {team!r}", answer
    nbformat.write(notebook, path)


def test_everyone_gets_a_page_by_the_way_that_the_work_came(exchange: Exchange) -> None:
    teacher = exchange.instructor
    teacher.run("sheetgrader", "release", "sheet")
    teacher.run("nbgrader", "release_assignment", "sheet")
    for name, student in exchange.students.items():
        student.run("nbgrader", "fetch_assignment", "sheet", "--course", _COURSE)
        together = name in TOGETHER
        _answer(student, "x = 2" if together else "x = 3", TOGETHER if together else [name])
        student.run("nbgrader", "submit", "sheet", "--course", _COURSE)
    teacher.run("nbgrader", "collect", "sheet")
    assert sorted(path.name for path in (exchange.course / "submitted").iterdir()) == sorted(exchange.students)
    told = teacher.run("sheetgrader", "grade", "sheet")
    assert "4 submissions graded" in told
    teacher.run("sheetgrader", "feedback", "sheet")
    teacher.run("nbgrader", "release_feedback", "sheet")
    for name, student in exchange.students.items():
        student.run("nbgrader", "fetch_feedback", "sheet", "--course", _COURSE)
        (page,) = student.home.glob("sheet/feedback/*/sheet.html")
        text = " ".join(re.sub("<[^>]+>", " ", page.read_text(encoding="utf-8")).split())
        assert f"Feedback for {name} {1 if name in TOGETHER else 0} of 1 point" in text
        assert page.stat().st_uid == pwd.getpwnam(name).pw_uid
