"""The wheel by itself, without any extra, in a fresh environment: enough for a course that needs NumPy and no more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from nbformat import NotebookNode

if TYPE_CHECKING:
    from tests.conftest import CourseBuilder

ROOT = Path(__file__).parents[1]
CONSTRAINTS = ROOT / "requirements" / "constraints.txt"

#: Hundreds of megabytes each, or what such libraries bring along.
HEAVY = {"lightning", "matplotlib", "pytorch-lightning", "scikit-learn", "scipy", "torch", "torchvision"}
#: Of all files in a fresh environment, Python's own installer included.
MOST_BYTES = 450_000_000

GRADERS = '''
import numpy as np
from sheetgrader import assert_close, criterion


@criterion("ex1", hint="Divide by the length.")
def test_has_length_one(student, rng):
    """`unit(x)` has length one and the direction of x."""
    x = rng.normal(size=4)
    assert_close(student.unit(x), x / np.linalg.norm(x))
'''
RIGHT = "def unit(x):\n    return x / np.sqrt(x @ x)"
REFERENCE = "def unit(x):\n    ### BEGIN SOLUTION\n    return x / np.linalg.norm(x)\n    ### END SOLUTION"
WRONG = "def unit(x):\n    return x / np.abs(x).sum()"

TRAINING = """
[seconds]
quick = 60
full = 60

[[run]]
name = "run"
script = "train.py"
epochs = { quick = 1, full = 1 }
"""

IMPORT_ALL = """
import importlib, pkgutil, sys
import sheetgrader
for module in pkgutil.walk_packages(sheetgrader.__path__, "sheetgrader."):
    importlib.import_module(module.name)
"""


def _run(*command: str | Path, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    # Nothing of the environment that the tests run in: its packages would be found as well.
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=600, check=False)


def _succeed(*command: str | Path) -> None:
    done = _run(*command)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel, as ``pip install sheetgrader`` makes it."""
    folder = tmp_path_factory.mktemp("installation")
    _succeed(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"),
        *("--wheel-dir", folder, ROOT),
    )
    (wheel,) = folder.glob("*.whl")
    _succeed(sys.executable, "-m", "venv", folder / "environment")
    pip = (folder / "environment" / "bin" / "python", "-m", "pip")
    # One small package tells whether there is an index at all; what fails after that is the wheel's own fault.
    asked = _run(
        *pip, "download", "--quiet", "--no-deps", "--retries", "1", "--dest", folder / "downloaded", "iniconfig"
    )
    if asked.returncode:
        pytest.skip("pip reaches no package index to install from: it cannot download iniconfig")
    _succeed(*pip, "install", "--quiet", "--constraint", CONSTRAINTS, wheel)
    return folder / "environment"


@pytest.fixture
def course(builder: CourseBuilder) -> CourseBuilder:
    """A course whose one sheet needs NumPy."""
    builder.write("nbgrader_config.py", "c = get_config()\n")
    builder.source(*_cells(builder, REFERENCE))
    builder.write("grader_tests/sheet/test_unit.py", GRADERS)
    return builder


def _cells(builder: CourseBuilder, answer: str) -> list[NotebookNode]:
    return [
        builder.locked("imports", "import numpy as np"),
        builder.locked("ex1", "## 1 Vectors of length one", markdown=True),
        builder.answer("ex1_code", answer),
        builder.tests("ex1_test", points=2),
    ]


def test_a_fresh_environment_is_small_and_holds_no_heavy_library(environment: Path) -> None:
    listed = _run(environment / "bin" / "python", "-m", "pip", "list", "--format", "json")
    names = {package["name"].lower() for package in json.loads(listed.stdout)}
    assert {"sheetgrader", "nbgrader", "numpy"} <= names
    assert not names & HEAVY
    size = sum(path.lstat().st_size for path in environment.rglob("*") if path.is_file())
    assert size < MOST_BYTES, f"{size / 1e6:.0f} MB in {len(names)} packages"


def test_a_numpy_sheet_is_released_graded_and_handed_back(environment: Path, course: CourseBuilder) -> None:
    command = environment / "bin" / "sheetgrader"
    released = _run(command, "release", "sheet", folder=course.root)
    assert released.returncode == 0, released.stdout + released.stderr
    course.submit("right", *_cells(course, RIGHT))
    course.submit("wrong", *_cells(course, WRONG))
    graded = _run(command, "grade", "sheet", "--json", folder=course.root)
    assert graded.returncode == 0, graded.stderr
    groups = json.loads(graded.stdout)["groups"]
    assert {group["group"]: group["points"] for group in groups} == {"right": 2, "wrong": 0}
    written = _run(command, "feedback", "sheet", "--json", folder=course.root)
    assert written.returncode == 0, written.stderr
    pages = {page["group"]: Path(page["path"]).read_text() for page in json.loads(written.stdout)["pages"]}
    assert "Divide by the length." in pages["wrong"]
    assert "Divide by the length." not in pages["right"]


def test_two_commands_are_enough_in_a_course_that_is_there(environment: Path, example_course: Path) -> None:
    command = environment / "bin" / "sheetgrader"
    before = {path: path.read_bytes() for path in example_course.rglob("*") if path.is_file()}
    graded = _run(command, "grade", "ps1", "--json", folder=example_course)
    assert graded.returncode in (0, 1), graded.stderr
    groups = {group["group"]: group for group in json.loads(graded.stdout)["groups"]}
    assert {name: group["status"] for name, group in groups.items()} == {"bitdiddle": "graded", "hacker": "graded"}
    assert groups["bitdiddle"]["points"] == 1.5, "what nbgrader autograde gives"
    written = _run(command, "feedback", "ps1", "--json", folder=example_course)
    assert written.returncode == 0, written.stderr
    assert len(json.loads(written.stdout)["pages"]) == 2
    assert {path: path.read_bytes() for path in before} == before, "what was there stays as it is"


def test_a_new_course_needs_nothing_more(environment: Path, tmp_path: Path) -> None:
    command = environment / "bin" / "sheetgrader"
    made = _run(command, "new", "course", "mine", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "matplotlib is not installed, so the sheet comes without its question about a plot." in made.stdout
    tried = _run(command, "try", "sheet1", "reference", folder=tmp_path / "mine")
    assert tried.returncode == 0, tried.stdout + tried.stderr
    released = _run(command, "release", "sheet1", folder=tmp_path / "mine")
    assert released.returncode == 0, released.stdout + released.stderr


def test_doctor_tells_of_missing_libraries_without_alarm(environment: Path, tmp_path: Path) -> None:
    done = _run(environment / "bin" / "sheetgrader", "doctor", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    versions = json.loads(done.stdout)["versions"]
    assert {name for name, version in versions.items() if version == "not installed"} == HEAVY & versions.keys()
    assert "torch" in versions
    assert done.stderr == ""


def test_train_says_what_to_install(environment: Path, course: CourseBuilder) -> None:
    course.write("solutions/sheet/training.toml", TRAINING)
    course.write("solutions/sheet/train.py", "")
    done = _run(environment / "bin" / "sheetgrader", "train", "sheet", folder=course.root)
    assert done.returncode == 2
    assert " ".join(done.stderr.split()) == (
        "error: sheetgrader train needs torch, torchvision, scipy and matplotlib, which are not installed; install"
        " with: pip install 'sheetgrader[ml]'"
    )


def test_every_module_can_be_imported(environment: Path) -> None:
    _succeed(environment / "bin" / "python", "-c", IMPORT_ALL)
