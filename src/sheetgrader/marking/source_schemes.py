"""The marking schemes that stand in a sheet's source notebooks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from nbformat.notebooknode import NotebookNode
from nbgrader.utils import is_grade, is_solution, is_task

from sheetgrader.course.directory import Sheet
from sheetgrader.course.regions import CourseDelimiters, split
from sheetgrader.course.source import SourceNotebook, nbgrader_metadata, read_notebook
from sheetgrader.marking.schemes import Scheme, read_scheme

#: What makes a line of a code cell a comment.
_COMMENT: Final = re.compile(r"#{1,9} ?")


class CellScheme(msgspec.Struct, frozen=True, kw_only=True):
    """The marking scheme of one cell that people mark."""

    #: Where the cell is, for the beginning of a sentence.
    place: str
    #: Whether the cell holds a scheme at all; otherwise its rubric is empty.
    is_there: bool
    scheme: Scheme


def sheet_schemes(sheet: Sheet) -> tuple[CellScheme, ...]:
    """Return the marking scheme of each cell of ``sheet`` that people mark, in the source's order.

    Raises:
        CourseError: a source notebook cannot be read.
    """
    notebooks = (read_notebook(path) for path in sheet.source_notebooks().values())
    return tuple(cell_schemes(notebooks, CourseDelimiters.of(sheet.course.config)))


def cell_schemes(notebooks: Iterable[SourceNotebook], delimiters: CourseDelimiters) -> Iterator[CellScheme]:
    """Yield the marking scheme of each cell that people mark: answers with points, and nbgrader's tasks."""
    for source in notebooks:
        for index, cell in enumerate(source.notebook.cells):
            metadata = nbgrader_metadata(cell)
            grade_id, points = metadata.get("grade_id"), metadata.get("points")
            if not ((is_grade(cell) and is_solution(cell)) or is_task(cell)):
                continue
            if not isinstance(grade_id, str) or not isinstance(points, (int, float)):
                continue
            region = split(cell.source, delimiters.mark_scheme)
            scheme = read_scheme(
                "\n".join(_plain(line, cell) for line in region.inside),
                notebook=source.name,
                grade_id=grade_id,
                max_points=float(points),
                numbers=region.numbers if region.inside else None,
            )
            yield CellScheme(place=source.place(index), is_there=region.found, scheme=scheme)


def _plain(line: str, cell: NotebookNode) -> str:
    """Return a line of a scheme as Markdown: in code, schemes are comments."""
    return _COMMENT.sub("", line.lstrip(" "), count=1) if cell.cell_type == "code" else line
