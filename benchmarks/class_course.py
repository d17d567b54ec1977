"""A course for measuring: one sheet of seven ordinary test cells and a plot, and a class that handed it in."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

SHEET = "regression"

#: Function by function: its name, the right answer, a wrong one, and the test cell.
_QUESTIONS = (
    (
        "standardise",
        "def standardise(x):\n    return (x - x.mean(0)) / x.std(0)",
        "def standardise(x):\n    return x - x.mean(0)",
        "z = standardise(x)\nassert z.shape == x.shape\nassert torch.allclose(z.std(0), torch.ones(3), atol=1e-5)",
    ),
    (
        "predict",
        "def predict(x, w, b):\n    return x @ w + b",
        "def predict(x, w, b):\n    return x @ w",
        "assert torch.allclose(predict(x, w, 2.0), (x * w).sum(1) + 2.0, atol=1e-5)",
    ),
    (
        "loss",
        "def loss(p, y):\n    return ((p - y) ** 2).mean()",
        "def loss(p, y):\n    return (p - y).abs().mean()",
        "assert loss(y + 2, y).item() == 4.0\nassert loss(y, y).item() == 0.0",
    ),
    (
        "gradient",
        "def gradient(x, y, w, b):\n    r = predict(x, w, b) - y\n    return 2 * x.T @ r / len(y), 2 * r.mean()",
        "def gradient(x, y, w, b):\n    r = predict(x, w, b) - y\n    return x.T @ r, r.sum()",
        (
            "v = w.clone().requires_grad_()\nc = torch.tensor(0.5, requires_grad=True)\n((x @ v + c - y) **"
            " 2).mean().backward()\ngw, gb = gradient(x, y, w, 0.5)\nassert torch.allclose(gw, v.grad, atol=1e-4) and"
            " torch.allclose(gb, c.grad, atol=1e-4)"
        ),
    ),
    (
        "fit",
        (
            "def fit(x, y, steps=50, rate=0.1):\n    w, b, losses = torch.zeros(3), torch.zeros(()), []\n    for _ in"
            " range(steps):\n        gw, gb = gradient(x, y, w, b)\n        w, b = w - rate * gw, b - rate * gb\n      "
            "  losses += [loss(predict(x, w, b), y).item()]\n    return w, b, losses"
        ),
        "def fit(x, y, steps=50, rate=0.1):\n    return torch.zeros(3), torch.zeros(()), [1.0] * steps",
        "fitted, offset, losses = fit(x, y)\nassert len(losses) == 50 and losses[-1] < 0.2 * losses[0]",
    ),
    (
        "score",
        "def score(p, y):\n    return 1 - ((y - p) ** 2).sum() / ((y - y.mean()) ** 2).sum()",
        "def score(p, y):\n    return ((y - p) ** 2).sum()",
        "assert abs(score(y, y).item() - 1) < 1e-6\nassert abs(score(y.mean().expand(len(y)), y).item()) < 1e-5",
    ),
    (
        "split",
        "def split(x, y, part=0.5):\n    n = int(len(x) * part)\n    return x[:n], y[:n], x[n:], y[n:]",
        "def split(x, y, part=0.5):\n    return x, y, x, y",
        "parts = split(x, y, 0.25)\nassert [len(part) for part in parts] == [50, 50, 150, 150]",
    ),
)
_SETUP = (
    "import matplotlib.pyplot as plt\nimport torch\n\n"
    "torch.manual_seed(0)\nx = torch.randn(200, 3)\nw = torch.tensor([1.0, -2.0, 0.5])\ny = x @ w + 0.3"
)
_PLOT = (
    "try:\n    _, _, history = fit(x, y)\nexcept Exception:\n    history = [1.0]\n"
    "plt.figure(figsize=(4, 3))\nplt.plot(history, label='loss')\nplt.xlabel('step')\nplt.legend()\nplt.show()"
)


def write_source(course: Path) -> None:
    """Write the instructor's notebook and an empty configuration."""
    cells = [new_markdown_cell("# Linear regression"), new_code_cell(_SETUP)]
    for name, right, _, test in _QUESTIONS:
        cells.append(new_markdown_cell(f"## {name}"))
        cells.append(_cell(name, f"### BEGIN SOLUTION\n{right}\n### END SOLUTION", solution=True))
        cells.append(_cell(f"test_{name}", test, grade=True, locked=True, points=2))
    cells.append(new_code_cell(_PLOT))
    notebook = new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    path = course / "source" / SHEET / f"{SHEET}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    (course / "nbgrader_config.py").write_text("c = get_config()\n")


def write_class(course: Path, submissions: int) -> None:
    """Write a class whose groups answer some questions right, some wrong and some not at all; always the same class."""
    released = (course / "release" / SHEET / f"{SHEET}.ipynb").read_text()
    chance = random.Random(40)  # noqa: S311  # no secret
    for number in range(submissions):
        notebook = nbformat.reads(released, as_version=4)
        for name, right, wrong, _ in _QUESTIONS:
            answer = chance.choices((right, wrong, None), (7, 2, 1))[0]
            if answer is not None:
                next(
                    cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name
                ).source = answer
        path = course / "submitted" / f"group{number:03d}" / SHEET / f"{SHEET}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)


def _cell(grade_id: str, source: str, **roles: Any) -> nbformat.NotebookNode:
    metadata = {
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
        "schema_version": 3,
        "grade_id": grade_id,
        **roles,
    }
    cell: nbformat.NotebookNode = new_code_cell(source, metadata={"nbgrader": metadata})
    return cell
