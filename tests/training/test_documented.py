"""``docs/gpu-runners.md`` does what it says."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sheetgrader.course.directory import Course
from sheetgrader.training.settings import DaskRunner, LocalRunner, SlurmRunner, Training

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/gpu-runners.md").read_text(encoding="utf-8")
PROGRAM = Path(sys.executable).with_name("sheetgrader")
SHEET = "sheet3_autodiff_adam"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with the one sheet that the commands are about."""
    for name in ("source", "solutions"):
        shutil.copytree(ROOT / name / SHEET, tmp_path / name / SHEET)
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    return tmp_path


@pytest.mark.slow
def test_commands_run_in_the_order_they_are_read(course: Path) -> None:
    commands = re.findall(r"^\$ (.*)$", TEXT, re.MULTILINE)
    assert commands
    for command in commands:
        done = subprocess.run(
            [PROGRAM, *shlex.split(command)[1:]], cwd=course, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        if "--json" in command:
            report = json.loads(done.stdout)
            assert all(check["holds"] for check in report["checks"])
    folder = course / "reports" / SHEET / "training"
    assert (folder / "reference-quick-cpu.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((folder / "reference-quick-cpu.json").read_text())["runs"][0]["curves"]["train_loss"]


def test_settings_are_settings(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    (tmp_path / "nbgrader_config.py").write_text(f"c = get_config()\n{block}")
    settings = Training.read(Course.load(tmp_path).config)
    kinds = {name: type(settings.find(name)[1]) for name in settings.runners}
    assert kinds == {"local": LocalRunner, "slurm": SlurmRunner, "pool": DaskRunner}


def test_all_settings_are_documented_with_their_defaults() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| `([^`]*)` \| (?:.*) \|$", TEXT, re.MULTILINE))
    names = set(Training.class_own_traits(config=True))
    assert set(rows) == names
    # Our own.
    assert {name: eval(value) for name, value in rows.items()} == {name: getattr(Training(), name) for name in names}  # noqa: S307


def test_options_that_are_mentioned_exist() -> None:
    shown = subprocess.run(
        [PROGRAM, "train", "--help"], capture_output=True, text=True, check=True, env={"COLUMNS": "200"}
    ).stdout
    for mention in re.findall(r"`sheetgrader train [^`]*`", TEXT):
        for flag in re.findall(r"--[\w-]+", mention):
            assert flag in shown, mention


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make ([\w-]+)`", TEXT))))
def test_targets_of_make_exist(target: str) -> None:
    subprocess.run(["make", target, "--dry-run"], cwd=ROOT, check=True, capture_output=True)
