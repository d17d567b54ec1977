"""Keeps hidden test text of ordinary nbgrader courses out of the notebooks that are written, and nothing else: what
stands in a group's own cells is the group's, whatever marks it has put around it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from nbformat import NotebookNode

from sheetgrader.grading.cells import claimed_name, named
from sheetgrader.grading.repeating import LineSearch
from sheetgrader.items import SourceCell
from sheetgrader.kernels.recording import new_output


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


def hide_tests(notebook: NotebookNode, sheet: Iterable[SourceCell], delimiters: tuple[str, str]) -> list[str]:
    """Take hidden tests out of ``notebook``: out of the sheet's own cells, and out of every output that repeats them.

    Args:
        notebook: a group's, with the sheet's locked cells as the instructor wrote them.
        sheet: the instructor's cells, which alone hold hidden tests.
        delimiters: the marks around hidden tests.

    Returns:
        The names of the group's cells whose outputs held hidden test text.
    """
    hidden = {cell.grade_id: lines for cell in sheet if (lines := hidden_lines(cell.source, delimiters))}
    locked = {cell.grade_id for cell in sheet if cell.locked}
    # Short lines stand in any program, and the search leaves them out.
    search = LineSearch(line.strip() for lines in hidden.values() for line in lines)
    repeated = []
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        name = claimed_name(cell)
        if name in hidden and name in locked:
            cell.source = without_hidden(cell.source, delimiters)
            cell.outputs = [_without_hints(output) for output in cell.outputs]
        elif hidden and search.finds_any("\n".join(_texts(cell.outputs))):
            repeated.append(name or f"cell {position + 1}")
            cell.outputs = [
                new_output("stream", name="stdout", text="[this output was taken out: it repeated hidden tests]\n")
            ]
    return repeated


def remark_on_marks(notebook: NotebookNode, sheet: Iterable[SourceCell], marks: Collection[str]) -> list[str]:
    """Return a remark where cells of the group's own hold marks by which texts of instructors are cut out."""
    locked = {cell.grade_id for cell in sheet if cell.locked}
    found = [
        claimed_name(cell) or f"cell {position + 1}"
        for position, cell in enumerate(notebook.cells)
        if claimed_name(cell) not in locked and any(mark in cell.source for mark in marks)
    ]
    if not found:
        return []
    return [
        f"The group's own cells hold marks by which instructors' texts are cut out ({named(found)}); all of theirs is"
        " shown."
    ]


def _without_hints(output: NotebookNode) -> NotebookNode:
    """Return an output of a cell with hidden tests so that it shows whether the cell failed, and not with which
    test.
    """
    if output.output_type == "error":
        return new_output("error", ename=output.ename, evalue="", traceback=[f"{output.ename}: a hidden test failed"])
    if output.output_type == "stream":
        return new_output("stream", name=output.name, text="[what hidden tests put out is not shown]\n")
    return output


def _texts(outputs: object) -> Iterator[str]:
    waiting = [outputs]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting += value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
