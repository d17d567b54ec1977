"""Notebooks in few words: cells as an instructor writes them, and what students do to them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

#: What a group does with the notebook that was released.
Change = Callable[[NotebookNode], NotebookNode]


def _cell(cell_type: str, source: str, grade_id: str, **roles: Any) -> NotebookNode:
    metadata = {
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
        "schema_version": 3,
        "grade_id": grade_id,
        **roles,
    }
    make = new_code_cell if cell_type == "code" else new_markdown_cell
    return make(source, id=f"cell-{grade_id}"[:64], metadata={"nbgrader": metadata})


def text(source: str) -> NotebookNode:
    """A text that nobody grades."""
    return new_markdown_cell(source)


def code(source: str) -> NotebookNode:
    """A code cell that nobody grades."""
    return new_code_cell(source)


def locked(grade_id: str, source: str) -> NotebookNode:
    """A code cell that students may not change."""
    return _cell("code", source, grade_id, locked=True)


def solution(grade_id: str, source: str) -> NotebookNode:
    """A code cell that students write, judged by the tests below it."""
    return _cell("code", f"### BEGIN SOLUTION\n{source}\n### END SOLUTION", grade_id, solution=True)


def tests(grade_id: str, points: float, source: str) -> NotebookNode:
    """A code cell whose running without an error earns points."""
    return _cell("code", source, grade_id, grade=True, locked=True, points=points)


def by_hand(grade_id: str, points: float, source: str, cell_type: str = "markdown") -> NotebookNode:
    """An answer that a tutor marks."""
    return _cell(cell_type, source, grade_id, grade=True, solution=True, points=points)


def task(grade_id: str, points: float, source: str) -> NotebookNode:
    """A task that a tutor marks by what stands in other cells."""
    return _cell("markdown", source, grade_id, task=True, locked=True, points=points)


def notebook(*cells: NotebookNode, kernel: str | None = "python3") -> NotebookNode:
    """A notebook of these cells."""
    metadata = {"kernelspec": {"name": kernel, "display_name": "Python", "language": "python"}} if kernel else {}
    return new_notebook(cells=copy.deepcopy(list(cells)), metadata=metadata)


def to_bytes(content: NotebookNode) -> bytes:
    """The notebook as a file holds it."""
    return nbformat.writes(content).encode()


def _grade_id(cell: NotebookNode) -> str | None:
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
    return str(grade_id) if grade_id is not None else None


def cell_of(content: NotebookNode, grade_id: str) -> NotebookNode:
    """The cell with this grade id."""
    return next(cell for cell in content.cells if _grade_id(cell) == grade_id)


def position_of(content: NotebookNode, grade_id: str) -> int:
    """Where the cell with this grade id stands."""
    return next(position for position, cell in enumerate(content.cells) if _grade_id(cell) == grade_id)


def as_released(released: NotebookNode) -> NotebookNode:
    """Hand in what was handed out."""
    return released


def writing(**sources: str) -> Change:
    """Write these sources into the cells with these grade ids."""

    def change(released: NotebookNode) -> NotebookNode:
        for grade_id, source in sources.items():
            cell_of(released, grade_id).source = source
        return released

    return change


def deleting(*grade_ids: str) -> Change:
    """Delete these cells."""

    def change(released: NotebookNode) -> NotebookNode:
        released.cells = [cell for cell in released.cells if _grade_id(cell) not in grade_ids]
        return released

    return change


def repeating(grade_id: str, source: str, *, above: bool = False) -> Change:
    """Add a copy of a cell, metadata and all, with another source below or above it."""

    def change(released: NotebookNode) -> NotebookNode:
        twin = copy.deepcopy(cell_of(released, grade_id))
        twin.source, twin.id = source, f"twin-{len(released.cells)}"
        released.cells.insert(position_of(released, grade_id) + (not above), twin)
        return released

    return change


def inserting(before: str, *cells: NotebookNode) -> Change:
    """Add cells of the student's own above another one."""

    def change(released: NotebookNode) -> NotebookNode:
        position = position_of(released, before)
        released.cells[position:position] = copy.deepcopy(list(cells))
        return released

    return change


def relabelling(grade_id: str, /, **metadata: Any) -> Change:
    """Change what the notebook says about a cell: its points, its role, its lock; None takes the entry out."""

    def change(released: NotebookNode) -> NotebookNode:
        labels = cell_of(released, grade_id).metadata.nbgrader
        for name, value in metadata.items():
            labels.pop(name, None) if value is None else labels.update({name: value})
        return released

    return change


def in_turn(*changes: Change) -> Change:
    """Do one thing after the other."""

    def change(released: NotebookNode) -> NotebookNode:
        for each in changes:
            released = each(released)
        return released

    return change


def changed(released: bytes, change: Change) -> bytes:
    """The released notebook after a group's change."""
    return to_bytes(change(nbformat.reads(released.decode(), as_version=4)))


Files = Mapping[str, bytes]
