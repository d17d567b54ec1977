"""The notebooks that pages are made of: a sheet's own, as written and as given out, and a group's."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from nbformat import NotebookNode

from sheetgrader.course.directory import Sheet
from sheetgrader.course.questions import facts, grade_id
from sheetgrader.course.source import read_notebook
from sheetgrader.errors import CourseError
from sheetgrader.store.database import open_gradebook, read_source_cells

#: A graded notebook that a page is made of; grading bounds what it writes to less.
_MOST_BYTES: Final = 128 << 20


def read_source_notebooks(sheet: Sheet) -> dict[str, NotebookNode | None]:
    """Return the instructor's notebooks by name, None for one that cannot be read any more."""
    found: dict[str, NotebookNode | None] = {}
    for name, path in sheet.source_notebooks().items():
        try:
            found[name] = read_notebook(path).notebook
        except CourseError:
            found[name] = None
    return found


def released_answers(sheet: Sheet) -> dict[str, dict[str, str]]:
    """Return what stood in the answer cells of the skeleton when it was released, by notebook and name."""
    with open_gradebook(sheet.course) as gradebook:
        found = read_source_cells(gradebook, sheet.name) or {}
    return {
        notebook: {cell.grade_id: cell.source for cell in cells if cell.solution}
        for notebook, (_, cells) in found.items()
    }


def instructors(outline: NotebookNode) -> tuple[str, ...]:
    """Return the names of the cells that are not for students to write in."""
    return tuple(name for cell in outline.cells if (name := grade_id(cell)) and not facts(cell).get("solution"))


def graded_notebook(path: Path) -> tuple[bytes, str]:
    """Return what a group's graded notebook holds, or a sentence about why it is not shown."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return b"", f"There is no graded {path.name} to show."
    except OSError:
        return b"", f"The graded {path.name} cannot be read, so it is not shown."
    if len(content) > _MOST_BYTES:
        return b"", f"The graded {path.name} has more than {_MOST_BYTES >> 20} MiB, so it is not shown."
    return content, ""
