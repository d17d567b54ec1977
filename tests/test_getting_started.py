"""What docs/getting-started.md tells is typed into a shell, in nbgrader's own example course, with the wheel alone."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from .starting.test_adopting import PLAIN, _written

PAGE = (Path(__file__).parents[1] / "docs/getting-started.md").read_text(encoding="utf-8")
#: What makes the environment; tests/test_installation.py does that for real.
INSTALLING = ("python3 -m venv", "source ", "pip install")


def _typed() -> list[str]:
    blocks = re.findall(r"^```console\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return [line for line in lines if not line.startswith(INSTALLING)]


@pytest.mark.slow
def test_everything_works_in_the_order_it_is_read(example_course: Path, installed: Path, tmp_path: Path) -> None:
    _written(example_course / "numerics.ipynb", *PLAIN)
    commands = _typed()
    assert {command.split()[1] for command in commands if command.startswith("sheetgrader ")} >= {"grade", "new", "try"}
    # A variant with a mistake loses points, as its note says.
    done = subprocess.run(
        ["bash", "-e", "-x", "-c", "\n".join(commands)],
        cwd=example_course,
        env={**os.environ, "PATH": f"{installed.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (example_course / "feedback/bitdiddle/ps1/ps1.html").exists()
    assert (example_course / "mycourse/release/sheet1/sheet1.ipynb").exists()
    assert (example_course / "mycourse/source/numerics/numerics.ipynb").exists()


def test_the_configuration_is_that_of_new_courses() -> None:
    (block,) = re.findall(r"^```python\n(c\..*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    template = Path(__file__).parents[1] / "src/sheetgrader/starting/templates/nbgrader_config.py"
    lines = template.read_text(encoding="utf-8").splitlines()
    assert all(line in lines for line in block.splitlines() if line)
