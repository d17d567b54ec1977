"""Parts of reference solutions: what they define, without the training and the plots that follow."""

from __future__ import annotations

import ast
from collections.abc import Collection
from typing import Any

import matplotlib.pyplot as plt
from nbformat import NotebookNode

_DEFINITIONS = ast.FunctionDef | ast.ClassDef


def definitions_in(source: str) -> dict[str, str]:
    """Return the functions and classes of a cell by name, as they stand there."""
    found = [node for node in ast.parse(source).body if isinstance(node, _DEFINITIONS)]
    return {node.name: ast.get_source_segment(source, node) or "" for node in found}


def source_of(notebook: NotebookNode, grade_id: str) -> str:
    (source,) = [cell.source for cell in notebook.cells if cell.id == grade_id]
    return str(source)


def names_of(notebook: NotebookNode, *, whole: Collection[str], **given: Any) -> dict[str, Any]:
    """Return what a sheet's own cells define: those named in ``whole`` run, of the other answers only the definitions
    do.
    """
    names = dict(given)
    for cell in notebook.cells:
        if cell.id in whole:
            source = cell.source
        elif cell.id.endswith("_code"):
            source = "\n".join(definitions_in(cell.source).values())
        else:
            continue
        exec(compile(source, cell.id, "exec"), names)  # noqa: S102  # the sheet's own cells
    plt.close("all")
    return names
