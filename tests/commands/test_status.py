"""``sheetgrader status`` and ``settle`` by their command line, on a course that a real ``grade`` has graded."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from sheetgrader.store.decisions import read_decisions

from ..conftest import CourseBuilder

GRADERS = '''
from sheetgrader import assert_close, criterion


@criterion("ex1", hint="Multiply it by itself.")
def test_squares(student):
    """`square(x)` is x²."""
    assert_close(student.square(3.0), 9.0)


@criterion("ex1")
def test_of_zero(student):
    """`square(0)` is 0."""
    assert_close(student.square(0.0), 0.0, scale=1)
'''
TIMES = {"ada": "2024-01-10 11:00:00 UTC", "kurt": "2024-01-10 13:30:00 UTC"}


def run(course: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [Path(sys.executable).with_name("sheetgrader"), *arguments]
    return subprocess.run(command, cwd=course, capture_output=True, text=True, timeout=300, check=False)


def cells(builder: CourseBuilder, answer: str, text: str = "Because.") -> list[Any]:
    return [
        builder.locked("ex1", "## 1 Squares", markdown=True),
        builder.answer("ex1_code", answer),
        builder.tests("ex1_test", points=2),
        builder.locked("ex2", "## 2 Proof", markdown=True),
        builder.answer("ex2_text", text, points=3, markdown=True),
    ]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> CourseBuilder:
    """Ada is right, Kurt is late and half right, Emmy's notebook is damaged, Grace is registered only."""
    builder = CourseBuilder(tmp_path_factory.mktemp("status") / "course")
    builder.write("nbgrader_config.py", "c = get_config()\n")
    builder.write("source/sheet/sheet.toml", "deadline = 2024-01-10T12:00:00Z\n")
    builder.write("grader_tests/sheet/test_graded.py", GRADERS)
    builder.source(*cells(builder, "def square(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION"))
    builder.submit("ada", *cells(builder, "def square(x):\n    return x * x", "=1+1"))
    builder.submit("kurt", *cells(builder, "def square(x):\n    return x + x"))
    builder.write("submitted/emmy/sheet/sheet.ipynb", "no notebook")
    for group, time in TIMES.items():
        builder.write(f"submitted/{group}/sheet/timestamp.txt", time)
    assert run(builder.root, "grade", "sheet", "--isolation", "process").returncode == 1
    with Gradebook(f"sqlite:///{builder.root}/gradebook.db") as gradebook:
        gradebook.add_student("grace", first_name="Grace", last_name="Hopper")
    return builder


@pytest.fixture
def course(graded: CourseBuilder, tmp_path: Path) -> Path:
    return Path(shutil.copytree(graded.root, tmp_path / "course"))


def document(course: Path, *arguments: str) -> Any:
    return json.loads(run(course, *arguments, "--json").stdout)


def test_the_groups_of_a_sheet(course: Path) -> None:
    found = run(course, "status", "sheet")
    assert found.returncode == 0, found.stderr
    assert "a tutor has to mark (sheetgrader mark): ada, kurt." in found.stdout
    assert "somebody who decides has to settle what cannot be graded (sheetgrader settle): emmy." in found.stdout
    assert "1 handed in nothing: grace." in found.stdout
    assert "graded, 1 hour 30 minutes late" in found.stdout
    assert "`square(x)` is x²." in found.stdout
    groups = {each["group"]: each for each in document(course, "status", "sheet")["groups"]}
    assert {name: each["final"] for name, each in groups.items()} == {"ada": 2, "emmy": 0, "grace": 0, "kurt": 1}
    assert groups["kurt"]["handed_in"]["seconds_late"] == 5400
    assert groups["grace"]["state"] == "not handed in"


@pytest.mark.parametrize(
    ("options", "groups"),
    [
        (("--open",), ["ada", "emmy", "kurt"]),
        (("--late",), ["kurt"]),
        (("--flagged",), ["emmy"]),
        (("--sort", "points"), ["ada", "kurt", "emmy", "grace"]),
        (("--open", "--sort", "late"), ["kurt", "ada", "emmy"]),
    ],
)
def test_groups_are_chosen_and_sorted(course: Path, options: tuple[str, ...], groups: list[str]) -> None:
    assert [each["group"] for each in document(course, "status", "sheet", *options)["groups"]] == groups


def test_chosen_groups_come_without_the_class(course: Path) -> None:
    assert "Most often lost" in run(course, "status", "sheet").stdout
    found = run(course, "status", "sheet", "--late").stdout
    assert "1 of 4 groups shown." in found
    assert "Most often lost" not in found


def test_a_sheet_that_nobody_has_handed_in(course: Path) -> None:
    shutil.copytree(course / "source/sheet", course / "source/later")
    (course / "source/later/sheet.ipynb").rename(course / "source/later/later.ipynb")
    for name in ("gradebook.db", "marking"):
        shutil.rmtree(course / name) if (course / name).is_dir() else (course / name).unlink(missing_ok=True)
    assert "Nobody has handed in later; take in" in " ".join(run(course, "status", "later").stdout.split())


def test_the_sheets_of_a_course(course: Path) -> None:
    assert document(course, "status")["sheets"] == [
        {
            "sheet": "sheet",
            "handed_in": 3,
            "graded": 2,
            "open": {"mark": 2, "settle": 1},
            "median": 1.5,
            "max_points": 5.0,
            "trouble": "",
        }
    ]
    assert "sheet" in run(course, "status").stdout


def test_a_sheet_that_cannot_be_read_does_not_concern_the_others(course: Path) -> None:
    shutil.copytree(course / "source/sheet", course / "source/broken")
    file = course / "source/broken/sheet.toml"
    file.write_text("deadline = tomorrow\n")
    found = run(course, "status", "--json")
    broken, other = json.loads(found.stdout)["sheets"]
    assert (broken["sheet"], broken["handed_in"], other["handed_in"]) == ("broken", None, 3)
    assert broken["trouble"].startswith(f"{file} ")
    assert found.returncode == 1
    told = run(course, "status")
    assert f"broken: {file} " in told.stdout + told.stderr
    assert "Traceback" not in told.stderr
    assert [run(course, *what).returncode for what in (("status", "sheet"), ("report", "sheet"))] == [0, 0]


def test_one_line_a_group_for_spreadsheets(course: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run(course, "status", "sheet", "--csv").stdout)))
    assert [row["group"] for row in rows] == ["ada", "emmy", "grace", "kurt"]
    assert (rows[0]["ex1"], rows[0]["ex2"], rows[0]["final"], rows[0]["to_mark"]) == ("2", "0", "2", "3")
    assert rows[2]["names"] == "Grace Hopper"


def test_a_group_is_settled_and_reopened(course: Path) -> None:
    found = run(course, "settle", "sheet", "emmy", "--zero", "--why", "It never opened.", "--by", "noether")
    assert found.returncode == 0, found.stderr
    assert "emmy is settled: 0 points" in found.stdout
    assert "emmy" not in [each["group"] for each in document(course, "status", "sheet", "--open")["groups"]]
    assert run(course, "grade", "sheet", "--isolation", "process").returncode == 0
    reopened = document(course, "settle", "sheet", "emmy", "--reopen", "--why", "It does.")
    assert [matter["action"] for matter in reopened["open"]] == ["settle"]


def test_an_extension_is_given(course: Path) -> None:
    found = run(course, "settle", "sheet", "kurt", "--extension", "1h", "--why", "ill")
    assert "kurt may hand in 1 hour later" in found.stdout
    (kurt,) = document(course, "status", "sheet", "--late")["groups"]
    assert (kurt["handed_in"]["seconds_late"], kurt["handed_in"]["extension_seconds"]) == (1800, 3600)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("settle", "sheet", "emmy", "--why", "x"), "give exactly one of --zero"),
        (("settle", "sheet", "emmy", "--zero", "--excused", "--why", "x"), "give exactly one of --zero"),
        (("settle", "sheet", "emmy", "--zero"), "say why"),
        (("settle", "sheet", "emmi", "--zero", "--why", "x"), "did you mean emmy"),
        (("settle", "sheet", "emmy", "--extension", "soon", "--why", "x"), "'soon' is no duration"),
        (("settle", "sheet", "emmy", "--zero", "--cell", "ex1", "--why", "x"), "--cell goes with --looked-at"),
        (("settle", "sheet", "ada", "--looked-at"), "no mark of ada waits"),
        (("status", "shet"), "did you mean sheet"),
        (("status", "--late"), "name a sheet"),
        (("status", "sheet", "--csv", "--json"), "do not go together"),
    ],
)
def test_what_cannot_be_is_told(course: Path, arguments: tuple[str, ...], sentence: str) -> None:
    found = run(course, *arguments)
    assert (found.returncode, "Traceback" in found.stderr) == (2, False)
    assert sentence in " ".join(found.stderr.split())
    from sheetgrader.course.directory import Course

    assert not read_decisions(Course.load(course).sheet("sheet"), "emmy")


def test_a_mark_on_an_earlier_answer_is_told_confirmed_and_kept(course: Path) -> None:
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        grade = gradebook.find_grade("ex2_text", "sheet", "sheet", "ada")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    builder = CourseBuilder(course)
    builder.submit("ada", *cells(builder, "def square(x):\n    return x * x", "A better proof."))
    again = document(course, "status", "sheet")
    ada = next(each for each in again["groups"] if each["group"] == "ada")
    assert (ada["state"], [matter["action"] for matter in ada["open"]]) == ("handed in again", ["grade"])
    report = document(course, "grade", "sheet", "--group", "ada", "--isolation", "process")
    assert (report["groups"][0]["points"], [each["action"] for each in report["groups"][0]["open"]]) == (
        3.5,
        ["look again"],
    )
    page = run(course, "feedback", "sheet", "--group", "ada")
    assert "1 of them show marks that were given to an earlier answer: ada" in " ".join(page.stdout.split())
    assert "earlier version of your answer" in (course / "feedback/ada/sheet/sheet.html").read_text()
    confirmed = run(course, "settle", "sheet", "ada", "--looked-at")
    assert "The answer is not the one that the mark of 1.5 was given to." in confirmed.stdout
    run(course, "feedback", "sheet", "--group", "ada")
    assert "earlier version of your answer" not in (course / "feedback/ada/sheet/sheet.html").read_text()
    assert document(course, "grade", "sheet", "--isolation", "process")["groups"][0]["points"] == 3.5
