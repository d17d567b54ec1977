"""Keeps hidden test text of ordinary nbgrader courses out of the notebooks that are written, and nothing else: what
stands in a group's own cells is the group's, whatever marks it has put around it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from nbformat import NotebookNode

from sheetgrader.boundary.plain_text import plain
from sheetgrader.grading.cells import claimed_name, named
from sheetgrader.grading.repeating import LineSearch
from sheetgrader.items import SourceCell
from sheetgrader.kernels.recording import new_output

#: Where in a cell an error passed, as IPython's tracebacks tell it.
_FRAME: Final = re.compile(r"^ {0,4}Cell In\[(\d{1,9})\], line (\d{1,9})", re.MULTILINE)


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


def hidden_test_search(
    sheet: Sequence[SourceCell], delimiters: tuple[str, str], notebooks: Iterable[NotebookNode] = ()
) -> LineSearch:
    """Return what finds the hidden test text of a sheet's cells. Short lines stand in any program and are left out, and
    so are those that stand in what was released, or that a group wrote in ``notebooks`` itself: they are no secret.
    """
    hidden = {line.strip() for cell in sheet for line in hidden_lines(cell.source, delimiters)}
    released = "\n".join(without_hidden(cell.source, delimiters) for cell in sheet)
    testing = _hiding_cells(sheet, delimiters)
    own = {
        line.strip()
        for notebook in notebooks
        for cell in notebook.cells
        if claimed_name(cell) not in testing
        for line in cell.source.split("\n")
    }
    return LineSearch(line for line in hidden - own if line not in released)


def _hiding_cells(sheet: Iterable[SourceCell], delimiters: tuple[str, str]) -> set[str]:
    """Return the names of the instructor's cells that hold hidden tests."""
    return {cell.grade_id for cell in sheet if cell.locked and hidden_lines(cell.source, delimiters)}


def hide_tests(
    notebook: NotebookNode, sheet: Sequence[SourceCell], delimiters: tuple[str, str], *, keeps: bool = False
) -> list[str]:
    """Take hidden tests out of ``notebook``: out of the sheet's own cells, and out of every output that repeats them.

    Args:
        notebook: a group's, with the sheet's locked cells as the instructor wrote them.
        sheet: the instructor's cells, which alone hold hidden tests.
        delimiters: the marks around hidden tests.
        keeps: leave the sheet's own cells as they are.

    Returns:
        The names of the group's cells whose outputs held hidden test text.
    """
    testing = _hiding_cells(sheet, delimiters)
    search = hidden_test_search(sheet, delimiters, [notebook])
    repeated = []
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        name = claimed_name(cell)
        if name in testing:
            if not keeps:
                cell.outputs = [_without_hints(output, cell, delimiters, search) for output in cell.outputs]
                cell.source = without_hidden(cell.source, delimiters)
        elif search.finds_any("\n".join(_texts(cell.outputs))):
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


def hide_outputs(cell: NotebookNode, delimiters: tuple[str, str]) -> None:
    """Make the outputs of a cell that holds hidden tests say no more than whether it failed, or in which line that was
    released.
    """
    search = LineSearch(line.strip() for line in hidden_lines(cell.source, delimiters))
    cell.outputs = [_without_hints(output, cell, delimiters, search) for output in cell.outputs]


def _without_hints(
    output: NotebookNode, cell: NotebookNode, delimiters: tuple[str, str], search: LineSearch
) -> NotebookNode:
    """Return an output of a cell with hidden tests so that it shows whether the cell failed, and with which test only
    where students have that one.
    """
    if output.output_type == "error":
        line = _failing_line(output, cell, delimiters)
        if line is not None and not search.finds_any(f"{output.ename}\n{output.evalue}"):
            said = f"{output.ename}: {output.evalue}"
            return new_output("error", ename=output.ename, evalue=output.evalue, traceback=[f"----> {line}", said])
        return new_output("error", ename=output.ename, evalue="", traceback=[f"{output.ename}: a hidden test failed"])
    if output.output_type == "stream":
        return new_output("stream", name=output.name, text="[what hidden tests put out is not shown]\n")
    return output


def _failing_line(output: NotebookNode, cell: NotebookNode, delimiters: tuple[str, str]) -> str | None:
    """Return the line of a test cell in which an error was raised, where it and all of the cell's that led there were
    released; None where one was not, or none is named.

    The traceback is the student's kernel's, which may name another line; all that this shows is a line that students
    have.
    """
    text = plain("\n".join(output.get("traceback", ())))
    numbers = [int(number) for count, number in _FRAME.findall(text) if count == str(cell.get("execution_count"))]
    lines = list(_marked(cell.source, delimiters))
    for number in numbers:
        if not 0 < number <= len(lines):
            return None
        line, is_hidden = lines[number - 1]
        if is_hidden or any(mark in line for mark in delimiters):
            return None
    return lines[numbers[0] - 1][0].strip() if numbers else None


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
