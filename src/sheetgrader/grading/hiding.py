"""Keeps hidden test text of ordinary nbgrader courses out of the notebooks that are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from nbformat import NotebookNode

from sheetgrader.kernels.recording import new_output

#: Lines shorter than this stand in any program; finding one in an output says nothing.
_TELLING_CHARACTERS: Final = 12


def hidden_lines(source: str, delimiters: tuple[str, str]) -> list[str]:
    """Return the lines between the delimiters of hidden tests."""
    return [line for line, hidden in _marked(source, delimiters) if hidden]


def without_hidden(source: str, delimiters: tuple[str, str]) -> str:
    """Return ``source`` as it was released, without hidden tests and their delimiters."""
    return "\n".join(
        line
        for line, hidden in _marked(source, delimiters)
        if not hidden and not any(mark in line for mark in delimiters)
    )


def _marked(source: str, delimiters: tuple[str, str]) -> Iterator[tuple[str, bool]]:
    inside = False
    for line in source.split("\n"):
        if delimiters[0] in line:
            inside = True
            yield line, False
        elif delimiters[1] in line:
            inside = False
            yield line, False
        else:
            yield line, inside


def hide_tests(notebook: NotebookNode, delimiters: tuple[str, str]) -> list[str]:
    """Take hidden tests out of ``notebook``: out of its test cells, and out of every output that repeats them.

    Returns:
        The names of the student's own cells whose outputs held hidden test text.
    """
    secret = {
        line.strip()
        for cell in notebook.cells
        if cell.cell_type == "code"
        for line in hidden_lines(cell.source, delimiters)
    }
    telling = [line for line in secret if len(line) >= _TELLING_CHARACTERS]
    repeated = []
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        hidden = hidden_lines(cell.source, delimiters)
        if hidden:
            cell.source = without_hidden(cell.source, delimiters)
            cell.outputs = [_without_hints(output) for output in cell.outputs]
        elif any(line in text for text in _texts(cell.outputs) for line in telling):
            metadata = cell.metadata.get("nbgrader") or {}
            repeated.append(metadata.get("grade_id") or f"cell {position + 1}")
            cell.outputs = [
                new_output("stream", name="stdout", text="[this output was taken out: it repeated hidden tests]\n")
            ]
    return repeated


def _without_hints(output: NotebookNode) -> NotebookNode:
    """Return an output of a cell with hidden tests so that it shows whether the cell failed, and not with which
    test.
    """
    if output.output_type == "error":
        return new_output("error", ename=output.ename, evalue="", traceback=[f"{output.ename}: a hidden test failed"])
    if output.output_type == "stream":
        return new_output("stream", name=output.name, text="[what hidden tests put out is not shown]\n")
    return output


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
