"""A course for measuring: one sheet of ordinary test cells, and a class that handed it in."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from benchmarks.ordinary_courses import OrdinaryCourse


def write_source(course: Path, ordinary: OrdinaryCourse) -> None:
    """Write the instructor's notebook and an empty configuration."""
    cells = [new_markdown_cell(f"# {ordinary.title}"), new_code_cell(ordinary.setup)]
    for question in ordinary.questions:
        cells.append(new_markdown_cell(f"## {question.name}"))
        cells.append(_cell(question.name, f"### BEGIN SOLUTION\n{question.right}\n### END SOLUTION", solution=True))
        cells.append(_cell(f"test_{question.name}", question.tests, grade=True, locked=True, points=2))
    cells.append(new_code_cell(ordinary.plot))
    notebook = new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    path = course / "source" / ordinary.sheet / f"{ordinary.sheet}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    (course / "nbgrader_config.py").write_text("c = get_config()\n")


def write_class(course: Path, ordinary: OrdinaryCourse, submissions: int) -> None:
    """Write a class whose groups answer some questions right, some wrong and some not at all; always the same class."""
    released = (course / "release" / ordinary.sheet / f"{ordinary.sheet}.ipynb").read_text()
    chance = random.Random(40)  # noqa: S311  # no secret
    for number in range(submissions):
        notebook = nbformat.reads(released, as_version=4)
        for question in ordinary.questions:
            answer = chance.choices((question.right, question.wrong, None), (7, 2, 1))[0]
            if answer is not None:
                next(
                    cell
                    for cell in notebook.cells
                    if cell.metadata.get("nbgrader", {}).get("grade_id") == question.name
                ).source = answer
        path = course / "submitted" / f"group{number:03d}" / ordinary.sheet / f"{ordinary.sheet}.ipynb"
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
