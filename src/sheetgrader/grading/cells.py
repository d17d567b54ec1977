"""Cells of a group's notebook: by which names they go, and what hides them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from nbformat import NotebookNode

from sheetgrader.results import Outcome

#: The errors that stand in the outputs of a cell that was stopped, from which nbgrader sees that it failed.
ERRORS_OF_STOPPED_CELLS: Final = {
    Outcome.TIMED_OUT: "CellTimeoutError",
    Outcome.OUT_OF_MEMORY: "OutOfMemory",
    Outcome.KERNEL_DIED: "DeadKernelError",
}
#: How many cells a remark names.
_MOST_NAMES: Final = 10
#: What Jupyter's programs leave a cell out by, or what stands below it, though all of it runs.
_LEFT_OUT_BY: Final = "transient"
_HIDDEN_BY: Final = ("hide_input", "heading_collapsed", "jp-MarkdownHeadingCollapsed")


def claimed_name(cell: NotebookNode) -> str | None:
    """Return the ``grade_id`` that a cell says it has; None where it says none."""
    metadata = cell.metadata.get("nbgrader")
    grade_id = metadata.get("grade_id") if isinstance(metadata, dict) else None
    return grade_id if isinstance(grade_id, str) else None


def named(names: Sequence[str]) -> str:
    """Return the first of ``names`` for a sentence, and how many there are beyond."""
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")


def uncover(notebook: NotebookNode) -> list[str]:
    """Take away what hides a cell, so that whoever opens the graded notebook sees all that was run."""
    left_out = []
    for position, cell in enumerate(notebook.cells):
        if cell.metadata.pop(_LEFT_OUT_BY, None):
            left_out.append(str(position + 1))
        for key in _HIDDEN_BY:
            cell.metadata.pop(key, None)
        if isinstance(cell.metadata.get("jupyter"), dict):
            cell.metadata.jupyter.pop("source_hidden", None)
    if not left_out:
        return []
    return [f"The notebook tells Jupyter to leave cells out of what is shown ({named(left_out)}); they are shown."]
