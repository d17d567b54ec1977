"""The course that is attacked: a small sheet with hidden graders, three honest groups, and canaries where no student
may look.
"""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from sheetgrader.course.directory import Course, Sheet
from sheetgrader.kernels.launcher import DEFAULT_PRELOAD

from .attempt import Attempt

SHEET = "attacked"
HONEST_GROUPS = ("curie", "meitner", "noether")
POINTS = {"ex1": 3.0, "ex2": 1.0, "ex3": 2.0, "ex4": 1.0, "ex5": 3.0}
#: What a group hands in beside its notebook, and question 5 asks about.
SCRIPT = "train.py"
#: With what every optimizer would import anew in each run.
PRELOAD = (*DEFAULT_PRELOAD, "torch._dynamo")

_SETUP = "import numpy as np\nimport matplotlib.pyplot as plt"
_RIGHT = {
    "ex1": "AUTHOR = 'a group of three'\ndef mean_square(x):\n    return np.mean(np.square(x))",
    "ex2": "def shifted(x):\n    return x + 1",
    "ex3": (
        "class Line:\n    def __init__(self, slope, intercept):\n        self.slope, self.intercept = slope,"
        " intercept\n    def predict(self, x):\n        return self.slope * x + self.intercept\nSLOPE = 3.0"
    ),
    "ex4": "plt.plot([4.0, 3.0, 2.5, 2.2, 2.1], label='loss')\nplt.legend()\nplt.show()",
    "ex5": "",
}
_RIGHT_SCRIPT = """
import argparse, json, pathlib
import numpy as np
import torch

parser = argparse.ArgumentParser()
for name, kind in (("data", pathlib.Path), ("epochs", int), ("seed", int), ("output", pathlib.Path)):
    parser.add_argument(f"--{name}", type=kind, required=True)
options = parser.parse_args()
torch.manual_seed(options.seed)
x, y = (torch.from_numpy(np.load(options.data / f"{name}.npy")) for name in ("inputs", "targets"))
model = torch.nn.Linear(x.shape[1], 1, bias=False)
optimizer = torch.optim.SGD(model.parameters(), lr=0.4)


def loss():
    return ((model(x)[:, 0] - y) ** 2).mean()


for _ in range(options.epochs):
    optimizer.zero_grad()
    loss().backward()
    optimizer.step()
options.output.mkdir(parents=True, exist_ok=True)
torch.save(model.state_dict(), options.output / "model.pt")
(options.output / "metrics.json").write_text(json.dumps({"loss": loss().item(), "epochs": options.epochs}))
"""
_WRONG = {
    "ex1": "def mean_square(x):\n    return 0.0",
    "ex2": "def shifted(x):\n    return x",
    "ex3": "class Line:\n    pass",
    "ex4": "",
    "ex5": "",
}
_CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "attacked"
c.Sheetgrader.cell_seconds = 3
c.Sheetgrader.call_seconds = 2
c.Sheetgrader.question_seconds = 5
c.Sheetgrader.submission_seconds = 30
c.Sheetgrader.interrupt_grace_seconds = 0.3
c.Sheetgrader.memory_bytes = 384 << 20
c.Sheetgrader.disk_bytes = 8 << 20
c.Sheetgrader.shared_memory_bytes = 8 << 20
c.Sheetgrader.file_bytes = 4 << 20
c.Sheetgrader.value_bytes = 8 << 20
c.Sheetgrader.processes = 48
c.Sheetgrader.workers = 2
"""


@dataclasses.dataclass(frozen=True)
class AttackedCourse:
    """A course directory with all groups in it."""

    root: Path
    #: What no attacker may ever see a piece of; told to nobody who is attacked.
    canary: str

    def hand_in_again(self, attempt: Attempt, told: list[str]) -> None:
        """Write what a group hands in when it has read what it was ``told``."""
        path = self.root / f"submitted/{attempt.group}/{SHEET}/{SHEET}.ipynb"
        names = {"notebook": json.loads(path.read_text(encoding="utf-8")), "told": told, "folder": path.parent}
        exec(compile(attempt.hand_in_again, attempt.behaviour, "exec"), names)  # noqa: S102 # the attempt is ours
        _write(path, json.dumps(names["notebook"]))

    def load(self) -> Sheet:
        """Load the sheet as a command would."""
        return Course.load(self.root).sheet(SHEET)


def write_course(root: Path, attempts: list[Attempt], targets: dict[str, Any]) -> AttackedCourse:
    """Write the course; ``targets`` tells every attacker where on the host to look."""
    # Attackers search for what stands before the dash, and could print what stands behind it only if they found it.
    canary = f"hiddencanary-{secrets.token_hex(12)}"
    _write(root / "nbgrader_config.py", f"{_CONFIG}c.Sheetgrader.preload = {list(PRELOAD)}\n# {canary}\n")
    source = _notebook(
        {question: f"### BEGIN SOLUTION\n# {canary}\n{code}\n### END SOLUTION" for question, code in _RIGHT.items()}
    )
    _write(root / f"source/{SHEET}/{SHEET}.ipynb", nbformat.writes(source))
    for name in ("hidden_graders", "hidden_script_graders"):
        graders = (Path(__file__).parent / f"{name}.py.txt").read_text(encoding="utf-8")
        _write(root / f"grader_tests/{SHEET}/test_{name}.py", graders.replace("CANARY", canary))
    _write(root / f"grader_tests/{SHEET}/hidden_helpers.py", f"SECRET = {canary!r}\n")
    told = json.dumps({**targets, "course": str(root), "user": os.getuid()})
    for group in HONEST_GROUPS:
        honest = _notebook({**_RIGHT, "ex2": f"secret_of_this_group = '{canary}'\n{_RIGHT['ex2']}"})
        _write(root / f"submitted/{group}/{SHEET}/{SHEET}.ipynb", nbformat.writes(honest))
        _write(root / f"submitted/{group}/{SHEET}/{SCRIPT}", f"# {canary}\n{_RIGHT_SCRIPT}")
    for attempt in attempts:
        folder = root / f"submitted/{attempt.group}/{SHEET}"
        _write(folder / "targets.json", told)
        _write(folder / SCRIPT, _attacking_script(attempt))
        names: dict[str, Any] = {"notebook": _attacking_notebook(attempt), "folder": folder}
        exec(compile(attempt.hand_in, attempt.behaviour, "exec"), names)  # noqa: S102 # the attempt is ours
        notebook = names["notebook"]
        if notebook is not None:
            _write(folder / f"{SHEET}.ipynb", notebook if isinstance(notebook, str) else json.dumps(notebook))
    return AttackedCourse(root, canary)


def _attacking_script(attempt: Attempt) -> str:
    return dict(attempt.cells).get(SCRIPT, "" if "ex5" in attempt.attacks else _RIGHT_SCRIPT)


def _attacking_notebook(attempt: Attempt) -> NotebookNode:
    cells = {name: source for name, source in attempt.cells if name != SCRIPT}
    answers = {
        question: cells.pop(f"{question}_code", (_WRONG if question in attempt.attacks else _RIGHT)[question])
        for question in POINTS
    }
    return _notebook(answers, cells)


def _notebook(answers: dict[str, str], before: dict[str, str] | None = None) -> NotebookNode:
    cells = [new_code_cell(_SETUP, id="setup")]
    cells += [new_code_cell(source, id=f"before-{number}") for number, source in enumerate((before or {}).values())]
    for question, points in POINTS.items():
        cells.append(_graded(f"{question}_code", answers[question], solution=True))
        cells.append(_graded(f"{question}_test", "# judged by hidden graders", grade=True, locked=True, points=points))
    return new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )


def _graded(grade_id: str, source: str, **roles: Any) -> NotebookNode:
    facts = {
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
        "schema_version": 3,
        "grade_id": grade_id,
        **roles,
    }
    return new_code_cell(source, id=grade_id, metadata={"nbgrader": facts})


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
