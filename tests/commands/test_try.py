"""``sheetgrader try``: an author looks at graders at work; the answer stays in its sandbox, whoever it is from."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from nbformat import NotebookNode
from tests.conftest import CourseBuilder as Builder

from sheetgrader.audit.answers_to_try import find_answer
from sheetgrader.audit.variant_grading import VariantGrading
from sheetgrader.commands.output import Output
from sheetgrader.commands.try_answer import try_answer
from sheetgrader.course.directory import Course
from sheetgrader.errors import SheetgraderError, SubmissionError, UsageError
from sheetgrader.grading.trial import Trial
from sheetgrader.kernels.launcher import ZygoteConnection
from sheetgrader.results import SubmissionResult

if TYPE_CHECKING:
    from tests.conftest import CourseBuilder

COMMAND = Path(sys.executable).with_name("sheetgrader")

GRADERS = '''
import helpers
from sheetgrader import assert_close, criterion


@criterion("ex1", weight=3, hint="Multiply it by itself.")
def test_squares(student, rng):
    """`square(x)` is x²."""
    x = rng.uniform(1, 2, size=5)
    print("asks for", len(x), "numbers")
    helpers.compare(student.square(x), x**2)


@criterion("ex1", requires="test_squares")
def test_says_something(student):
    """`name()` is a word."""
    said = student.name()
    print("it says", said)
    assert isinstance(said, str)


@criterion("ex2")
def test_cubes(student):
    """`cube(x)` is x³."""
    assert_close(student.cube(2.0), 8.0)
'''
HELPERS = "from sheetgrader import assert_close\n\n\ndef compare(got, want):\n    assert_close(got, want)\n"
REFERENCE = (
    "def square(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION\n\n\n"
    "def name():\n    ### BEGIN SOLUTION\n    return 'square'\n    ### END SOLUTION"
)
CUBE = "def cube(x):\n    ### BEGIN SOLUTION\n    return x**3\n    ### END SOLUTION"
DOUBLES = "def square(x):\n    return x + x\n\n\ndef name():\n    return 'square'"


def _cells(answer: str, cube: str = CUBE) -> list[NotebookNode]:
    return [
        Builder.locked("ex1", "## 1 Squares", markdown=True),
        Builder.answer("ex1_code", answer),
        Builder.tests("ex1_test", points=2),
        Builder.answer("ex2_code", cube),
        Builder.tests("ex2_test"),
        Builder.plain("late = 1"),
        Builder.tests("ex3_test", "assert late == 1"),
    ]


def _write(builder: CourseBuilder) -> None:
    builder.write(
        "nbgrader_config.py", "c = get_config()\nc.Sheetgrader.call_seconds = 2\nc.Sheetgrader.preload = ['numpy']\n"
    )
    builder.source(*_cells(REFERENCE))
    builder.write("grader_tests/sheet/test_squares.py", GRADERS)
    builder.write("grader_tests/sheet/helpers.py", HELPERS)
    variants = "grader_tests/sheet/variants/ex1"
    builder.write(f"{variants}/wrong_doubles.py", f'"""Doubles.\n\nLoses: test_squares\n"""\n{DOUBLES}')
    builder.write(f"{variants}/wrong_nothing_test.py", f'"""Is right.\n\nLoses: test_squares\n"""\n{REFERENCE}')
    builder.write(f"{variants}/right_power.py", DOUBLES.replace("x + x", "x**2"))


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    """A course whose graders print, use a helper and require each other."""
    builder = Builder(tmp_path_factory.mktemp("trial") / "course")
    _write(builder)
    return builder


@pytest.fixture(scope="module")
def grading(
    course: Builder, tmp_path_factory: pytest.TempPathFactory, connection: ZygoteConnection
) -> Iterator[VariantGrading]:
    """Grades the course's own material."""
    made = VariantGrading(Course.load(course.root).sheet("sheet"), tmp_path_factory.mktemp("grading"), connection)
    yield made
    made.close()


def _tried(
    grading: VariantGrading, named: str, criteria: frozenset[str] | None = None, cells: frozenset[str] | None = None
) -> tuple[Trial, SubmissionResult]:
    trial = Trial(grading.sheet.grader_folder, criteria=criteria, cells=cells)
    return trial, grading.judge(find_answer(grading, named).item, trial)


def test_prints_and_tracebacks_are_those_of_the_authors_own_files(
    course: Builder, grading: VariantGrading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(course.root)
    trial, result = _tried(grading, "ex1/wrong_doubles")
    look = trial.looks["test_squares.py::test_squares"]
    assert look.prints == "asks for 5 numbers\n"
    assert "grader_tests/sheet/test_squares.py:11: " in look.traceback
    assert "grader_tests/sheet/helpers.py:5: Wrong" in look.traceback
    assert ">       helpers.compare(student.square(x), x**2)" in look.traceback
    assert "comparison.py" not in look.traceback, "what sheetgrader does is not the author's matter"
    assert trial.looks["test_squares.py::test_says_something"].prints == "it says square\n"
    assert [(cell.grade_id, cell.points) for cell in result.cells] == [
        ("ex1_test", 0.0),
        ("ex2_test", 1.0),
        ("ex3_test", 1.0),
    ]
    assert not list(course.root.rglob("__pycache__")), "nothing is written beside the author's files"


def test_a_single_criterion_is_judged_alone_and_nothing_below_it_runs(grading: VariantGrading) -> None:
    trial, result = _tried(
        grading,
        "wrong_doubles",
        criteria=frozenset({"test_squares.py::test_says_something"}),
        cells=frozenset({"ex1_test"}),
    )
    assert list(trial.looks) == ["test_squares.py::test_says_something"]
    (criterion,) = next(cell for cell in result.cells if cell.grade_id == "ex1_test").criteria
    assert criterion.fraction == 1, "what it requires was not judged, and does not count against it"
    assert "ex2_code" not in {run.cell for run in result.runs}


def test_answers_are_found_by_what_authors_call_them(course: Builder, grading: VariantGrading, tmp_path: Path) -> None:
    sheet = grading.sheet
    course.submit("noether", *_cells(DOUBLES))
    handed_in = sheet.submitted_folder("noether")
    (tmp_path / "ex1.py").write_text(DOUBLES)
    (tmp_path / "mine.py").write_text(DOUBLES)
    for named, question, title in (
        ("reference", "", "The reference solution"),
        ("skeleton", "", "The empty skeleton"),
        ("right_power", "", "The variant ex1/right_power"),
        (str(sheet.grader_folder / "variants/ex1/wrong_doubles.py"), "", "The variant ex1/wrong_doubles"),
        ("noether", "", "What noether handed in"),
        (str(handed_in), "", "What lies in"),
        (str(handed_in / "sheet.ipynb"), "", "The notebook"),
        (str(tmp_path / "ex1.py"), "", "in the cell ex1_code"),
        (str(tmp_path / "mine.py"), "ex2", "in the cell ex2_code"),
    ):
        assert title in find_answer(grading, named, question).title, named


@pytest.mark.parametrize(
    ("named", "error", "said"),
    [
        ("rigt_power", UsageError, "did you mean right_power"),
        ("nobody", UsageError, "no notebook, folder or file, no variant and no group of sheet; there is reference, "),
        ("loose.py", UsageError, "it is not clear which cell loose.py goes into"),
        ("latin.py", UsageError, "which cell"),
        ("ex1.py", SubmissionError, "is not encoded as UTF-8"),
        ("empty", SubmissionError, "no notebook was handed in"),
        ("large.ipynb", SubmissionError, "a submission's file may have"),
    ],
)
def test_what_is_no_answer_is_told_in_a_sentence(
    grading: VariantGrading,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    named: str,
    error: type[SheetgraderError],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loose.py").write_text("x = 1")
    (tmp_path / "latin.py").write_bytes(b"\xff")
    (tmp_path / "ex1.py").write_bytes(b"x = '\xff'")
    (tmp_path / "empty").mkdir()
    with (tmp_path / "large.ipynb").open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(error, match=said):
        find_answer(grading, named)


def _run(course: Builder, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [COMMAND, "try", "sheet", *arguments],
        cwd=course.root,
        input=typed,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "something went wrong" not in done.stderr
    return done


def test_debugger_opens_in_the_authors_line_and_reaches_the_student(course: Builder) -> None:
    done = _run(
        course,
        "wrong_doubles",
        "--criterion",
        "test_squares",
        "--pdb",
        typed="w\np want.shape\nup\np student.name()\nc\n",
    )
    assert done.returncode == 0, done.stderr
    assert "── test_squares.py::test_squares" in done.stdout
    assert "asks for 5 numbers" in done.stdout
    assert f"{course.root}/grader_tests/sheet/helpers.py(5)compare()" in done.stdout
    assert "(5,)" in done.stdout, "the values of the author's own line can be looked at"
    assert "'square'" in done.stdout, "the student's functions can be called from the debugger"
    assert "── test_squares.py::test_says" not in done.stdout


def test_students_code_stays_in_the_sandbox_and_does_not_reach_the_terminal(course: Builder, tmp_path: Path) -> None:
    outside = tmp_path / "escaped"
    answer = (
        f"import os\ntry:\n    open({str(outside)!r}, 'w')\nexcept OSError:\n    pass\n"
        "def square(x):\n    return x * 1\n\ndef name():\n"
        f"    seen = os.path.exists({str(course.root / 'grader_tests')!r})\n"
        "    return '\\x1b[2Jseen' if seen else '\\x1b[2Junseen'\nbreakpoint()"
    )
    path = tmp_path / "theirs.ipynb"
    path.write_bytes(course.notebook(*_cells(answer)))
    done = _run(course, str(path), "--pdb", "--criterion", "ex1", typed="p 1 + 1\nc\n")
    assert not outside.exists()
    assert "it says unseen" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    # The student's breakpoint() found nobody; the first question that the author's debugger got was the author's.
    assert "StdinNotImplementedError" in done.stdout
    assert "(Pdb) 2" in done.stdout


def test_programs_get_one_document(course: Builder) -> None:
    done = _run(course, "wrong_nothing_test", "--json")
    assert done.returncode == 1, "a wrong variant that gets all points needs attention"
    document = json.loads(done.stdout)
    assert document["unexpected"] == "ex1/wrong_nothing_test should lose test_squares, and loses nothing."
    assert document["cells"][0]["criteria"][0]["prints"] == "asks for 5 numbers\n"


def test_criteria_and_cells_that_are_not_there_are_told(course: Builder) -> None:
    output = Output()
    for criterion, said in (("test_roots", "has no criterion 'test_roots'; there is test_squares, "), ("ex9", "'ex9'")):
        with pytest.raises(UsageError, match=said):
            try_answer(course.root, "sheet", "reference", output, criterion=criterion, debugger=False, isolation=None)
    with pytest.raises(UsageError, match="--pdb is for people"):
        try_answer(course.root, "sheet", "reference", Output(json=True), criterion="", debugger=True, isolation=None)


def test_a_grader_that_fails_itself_is_told_with_the_way_to_look_into_it(course: Builder, tmp_path: Path) -> None:
    other = Builder(tmp_path / "other")
    _write(other)
    other.write(
        "grader_tests/sheet/test_squares.py",
        GRADERS.replace("    assert isinstance", "    breakpoint()\n    assert isinstance"),
    )
    done = _run(other, "reference", "--criterion", "test_says_something")
    assert done.returncode == 1
    assert (
        "A grader itself failed, so a person would have to decide: test_squares.py::test_says_something." in done.stdout
    )
    assert "breakpoint() works with --pdb" in done.stdout
    assert "test_squares.py" in done.stdout
