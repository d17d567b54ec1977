"""The command line, run as people and programs run it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer

from sheetgrader import cli
from sheetgrader.commands.output import Output
from sheetgrader.errors import CourseError

if TYPE_CHECKING:
    from tests.conftest import CourseBuilder

COMMAND = Path(sys.executable).with_name("sheetgrader")

GRADERS = '''
from sheetgrader import assert_close, criterion


@criterion("ex1", hint="Multiply it by itself.")
def test_squares(student, rng):
    """`square(x)` is x²."""
    x = rng.uniform(1, 2, size=5)
    assert_close(student.square(x), x**2)
'''

RIGHT = "def square(x):\n    return x * x"
WRONG = "def square(x):\n    return x + x"
HANGS = "def square(x):\n    while True:\n        pass"


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def _cells(builder: CourseBuilder, answer: str) -> list[Any]:
    return [
        builder.locked("ex1", "## 1 Squares", markdown=True),
        builder.answer("ex1_code", answer),
        builder.tests("ex1_test", points=2),
    ]


@pytest.fixture
def course(builder: CourseBuilder) -> CourseBuilder:
    """A course with a sheet that has one question, its reference solution and its grader."""
    builder.write(
        "nbgrader_config.py", "c = get_config()\nc.Sheetgrader.call_seconds = 1\nc.Sheetgrader.question_seconds = 1\n"
    )
    solution = RIGHT.replace("    return x * x", "    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION")
    builder.source(*_cells(builder, solution))
    builder.write("grader_tests/sheet/test_squares.py", GRADERS)
    return builder


def test_sheet_is_released_graded_and_handed_back(course: CourseBuilder) -> None:
    released = _run(course.root, "release", "sheet")
    assert released.returncode == 0, released.stderr
    assert "sheet is released: 1 file in" in released.stdout
    course.submit("right", *_cells(course, RIGHT))
    course.submit("wrong", *_cells(course, WRONG))
    course.write("submitted/damaged/sheet/sheet.ipynb", "{")

    first = _run(course.root, "grade", "sheet", "--json", "--workers", "2")
    assert first.returncode == 1, "a damaged submission needs attention"
    report = json.loads(first.stdout)
    assert {group["group"]: (group["status"], group["points"]) for group in report["groups"]} == {
        "damaged": ("not graded", 0),
        "right": ("graded", 2),
        "wrong": ("graded", 0),
    }
    assert report["isolation"] == "sandbox"

    second = _run(course.root, "grade", "sheet", "--verbose")
    assert "2 already graded and unchanged" in second.stdout
    assert "A person has to look at damaged;" in second.stdout
    assert "it is no JSON" in second.stdout
    assert "Traceback" not in second.stdout + second.stderr

    pages = _run(course.root, "feedback", "sheet", "--group", "wrong", "--json")
    assert pages.returncode == 0, pages.stderr
    (page,) = json.loads(pages.stdout)["pages"]
    assert (page["group"], page["points"], page["max_points"]) == ("wrong", 0, 2)
    assert "Multiply it by itself." in Path(page["path"]).read_text()


def test_dry_run_shows_what_would_change_and_writes_nothing(course: CourseBuilder) -> None:
    course.submit("group", *_cells(course, WRONG))
    assert _run(course.root, "grade", "sheet").returncode == 0
    course.submit("group", *_cells(course, RIGHT))
    kept = course.root / "reports/sheet/results/group.json"
    before = kept.read_bytes()
    tried = _run(course.root, "grade", "sheet", "--dry-run")
    assert "1 submission judged, nothing written" in tried.stdout
    assert [line.split() for line in tried.stdout.splitlines() if "ex1_test" in line] == [
        ["group", "ex1_test", "0", "2"]
    ]
    assert kept.read_bytes() == before


def test_grading_without_a_sandbox_is_spelled_out(course: CourseBuilder) -> None:
    course.submit("group", *_cells(course, RIGHT))
    told = _run(course.root, "grade", "sheet", "--isolation", "process")
    assert "--isolation process: student code ran as plain processes" in " ".join(told.stderr.split())
    report = _run(course.root, "grade", "sheet", "--isolation", "process", "--json")
    assert json.loads(report.stdout)["isolation"] == "process"
    assert "--isolation process" in report.stderr
    assert "--isolation process" in _run(course.root, "release", "sheet", "--isolation", "process").stderr


def test_interrupted_grading_goes_on_where_it_stopped(course: CourseBuilder) -> None:
    course.submit("a-right", *_cells(course, RIGHT))
    for number in range(3):
        course.submit(f"b-hangs-{number}", *_cells(course, HANGS))
    running = subprocess.Popen(
        [COMMAND, "grade", "sheet", "--workers", "1"],
        cwd=course.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    first_result = course.root / "reports/sheet/results/a-right.json"
    deadline = time.monotonic() + 90
    while not first_result.exists() and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    # As the terminal does: to every process of the command.
    os.killpg(running.pid, signal.SIGINT)
    out, errors = running.communicate(timeout=60)
    assert running.returncode == 130, errors
    assert "kept; the same command again goes on with the rest." in errors
    assert "Traceback" not in out + errors
    report = json.loads(_run(course.root, "grade", "sheet", "--json").stdout)
    status = {group["group"]: group["status"] for group in report["groups"]}
    assert status["a-right"] == "already graded"
    assert len(status) == 4
    assert all("took too long" in group["remarks"][0] for group in report["groups"] if group["group"].startswith("b-"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("grade", "sheet"), "nobody has handed in sheet: put each group's files into"),
        (("grade", "shet"), "there is no sheet 'shet' in source/; did you mean sheet?"),
        (("feedback", "sheet"), "nothing of sheet is graded; run: sheetgrader grade sheet"),
        (
            ("--course", "nowhere", "grade", "sheet"),
            "nowhere is no folder; name the course directory with --course FOLDER",
        ),
        (("demo", "--directory", "."), "exists and was not made by a demonstration"),
    ],
)
def test_wrong_usage_is_one_sentence(course: CourseBuilder, arguments: tuple[str, ...], sentence: str) -> None:
    done = _run(course.root, *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_error_is_a_document_for_programs(course: CourseBuilder) -> None:
    done = _run(course.root, "grade", "shet", "--json")
    assert json.loads(done.stdout) == {
        "error": "there is no sheet 'shet' in source/; did you mean sheet?",
        "exit_code": 2,
    }


def test_refused_release_tells_why(course: CourseBuilder) -> None:
    course.write("grader_tests/sheet/test_squares.py", GRADERS.replace("x**2", "x**3"))
    done = _run(course.root, "release", "sheet")
    assert done.returncode == 1
    assert "sheet is not released" in done.stdout
    assert "the reference solution gets 0 of 2 points in ex1_test" in done.stdout
    assert not (course.root / "release").exists()


def test_doctor_tries_this_machine() -> None:
    done = _run(Path.cwd(), "doctor", "--json")
    found = json.loads(done.stdout)
    assert found["safe"] is (done.returncode == 0)
    assert {"user namespaces", "system call filter", "Landlock"} <= {ring["name"] for ring in found["rings"]}
    assert all(ring["works"] or ring["remedy"] for ring in found["rings"])
    assert found["versions"]["nbgrader"][0].isdigit()


def test_importing_the_command_line_leaves_the_slow_libraries_alone() -> None:
    code = (
        "import sys, sheetgrader.cli; print([name for name in ('nbgrader', 'torch', 'matplotlib', 'scipy', 'pytest') if"
        " name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _raises(error: BaseException) -> Callable[[Output], int]:
    def run(_: Output) -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code"),
    [(CourseError("the sheet is broken"), 2), (KeyboardInterrupt(), 130), (ValueError("a mistake"), 1)],
)
def test_every_way_to_fail_has_its_exit_code_and_no_traceback(
    builder: CourseBuilder, capsys: pytest.CaptureFixture[str], error: BaseException, code: int
) -> None:
    builder.write("nbgrader_config.py", "")
    with pytest.raises(typer.Exit) as caught:
        cli._finish(builder.root, Output(), _raises(error))
    assert caught.value.exit_code == code
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    assert len(told.err.strip().splitlines()) == 1


def test_mistake_of_the_program_is_written_down(builder: CourseBuilder, capsys: pytest.CaptureFixture[str]) -> None:
    builder.write("nbgrader_config.py", "")
    with pytest.raises(typer.Exit):
        cli._finish(builder.root, Output(), _raises(ValueError("a mistake")))
    log = builder.root / ".sheetgrader/errors.log"
    assert str(log) in capsys.readouterr().err
    assert "ValueError: a mistake" in log.read_text()
