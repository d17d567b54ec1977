"""Imports run one way and stay on their side of the trust boundary, and linting says so where one does not."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src/sheetgrader"
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
NAMES = [contract["name"] for contract in CONTRACTS]

ONE_WAY = "Imports run one way"
TRUSTED = "Nothing trusted imports what runs with the student, but the launcher that starts it"
INSIDE = "What runs with the student imports sandbox, boundary, errors and results only"
PACKAGE_ITSELF = "Whatever imports the package gets what graders import, and no more"
HEAVY = "Heavy libraries are for inside, training and courses"
COMMANDS = "Commands are imported by the command line only"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(PACKAGE, tmp_path / "sheetgrader", ignore=shutil.ignore_patterns("__pycache__"))


def _broken_contracts(copy: Path) -> list[str]:
    """Return the names of the contracts that lint-imports finds broken in a copy of the package."""
    command = [
        str(Path(sys.executable).with_name("lint-imports")),
        "--config",
        str(ROOT / "pyproject.toml"),
        "--no-cache",
    ]
    # The folder that it runs in is where it looks for the package first.
    done = subprocess.run(command, cwd=copy.parent, capture_output=True, text=True, check=False)
    said = " ".join(done.stdout.split())
    broken = [name for name in NAMES if f"{name} BROKEN" in said]
    assert f"Contracts: {len(NAMES) - len(broken)} kept, {len(broken)} broken." in said, done.stdout + done.stderr
    assert done.returncode == (1 if broken else 0)
    return broken


def test_the_package_keeps_all_contracts(copy: Path) -> None:
    assert _broken_contracts(copy) == []


@pytest.mark.parametrize(
    ("file", "planted", "contract"),
    [
        ("boundary/encoding.py", "from sheetgrader.grading import worker", ONE_WAY),
        ("course/files.py", "def later():\n    import sheetgrader.store.gradebook", ONE_WAY),
        ("new_room.py", "", ONE_WAY),
        ("grading/worker.py", "from sheetgrader.inside import shell", TRUSTED),
        ("inside/shell.py", "from sheetgrader.items import WorkItem", INSIDE),
        ("inside/shell.py", "from sheetgrader.kernels import zmtp", INSIDE),
        ("__init__.py", "from sheetgrader.grading import worker", PACKAGE_ITSELF),
        ("graders/scoring.py", "def later():\n    from torch import nn", HEAVY),
        ("__init__.py", "from sheetgrader.commands import output", COMMANDS),
    ],
    ids=[
        "upwards",
        "upwards-later",
        "room-without-place",
        "into-inside",
        "items",
        "out-of-inside",
        "package",
        "heavy",
        "command",
    ],
)
def test_a_wrong_import_is_found(copy: Path, file: str, planted: str, contract: str) -> None:
    with (copy / file).open("a") as module:
        module.write(f"\n{planted}\n")
    assert contract in _broken_contracts(copy)


def test_what_runs_with_the_student_is_kept_from_every_other_room() -> None:
    (contract,) = (contract for contract in CONTRACTS if contract["name"] == INSIDE)
    rooms = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    others = rooms - {"__init__", "inside", "sandbox", "boundary", "errors", "results"}
    assert set(contract["forbidden_modules"]) == {f"sheetgrader.{room}" for room in others}
