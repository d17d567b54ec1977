"""The instructor's notebooks, read for checking: their cells with names that a sentence can use."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode
from nbformat.warnings import DuplicateCellId, MissingIDFieldWarning

from sheetgrader.errors import CourseError


@dataclass(frozen=True)
class SourceNotebook:
    """A notebook with solutions."""

    path: Path
    notebook: NotebookNode
    #: Positions of the cells that the file gives no id of their own, though its format asks for one.
    without_id: tuple[int, ...]

    @property
    def name(self) -> str:
        """The name without the ending."""
        return self.path.stem

    def place(self, index: int) -> str:
        """Return where the cell at ``index`` is, for the beginning of a sentence."""
        grade_id = nbgrader_metadata(self.notebook.cells[index]).get("grade_id")
        return f"{self.path}, cell {index + 1}" + (f" ({grade_id})" if grade_id else "")


def nbgrader_metadata(cell: NotebookNode) -> dict[str, object]:
    """Return a cell's nbgrader metadata, empty where there is none."""
    metadata = cell.metadata.get("nbgrader")
    return metadata if isinstance(metadata, dict) else {}


def read_notebook(path: Path) -> SourceNotebook:
    """Read an instructor's notebook.

    Raises:
        CourseError: it is no notebook.
    """
    try:
        content = path.read_text(encoding="utf-8")
        plain = json.loads(content)
    except json.JSONDecodeError as error:
        raise CourseError(
            f"{path} is no notebook: it is no JSON (line {error.lineno}, column {error.colno}: {error.msg})"
        ) from None
    except UnicodeDecodeError as error:
        raise CourseError(f"{path} is no notebook: it is not encoded as UTF-8 (byte {error.start})") from None
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}") from None
    failure: dict[str, Exception] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MissingIDFieldWarning)
            warnings.simplefilter("ignore", DuplicateCellId)
            notebook = nbformat.reads(content, as_version=4, capture_validation_error=failure)
    except Exception as error:  # noqa: BLE001 # nbformat lets every kind of error out of its conversions
        raise CourseError(
            f"{path} is no valid notebook: {_first_line(error)}; save it in Jupyter as format 4"
        ) from None
    if "ValidationError" in failure:
        raise CourseError(f"{path} is no valid notebook: {_first_line(failure['ValidationError'])}")
    return SourceNotebook(path, notebook, _without_id(plain))


def _without_id(plain: dict[str, object]) -> tuple[int, ...]:
    if (plain.get("nbformat"), plain.get("nbformat_minor")) < (4, 5):
        return ()
    cells = plain["cells"]
    assert isinstance(cells, list)  # noqa: S101 # a valid notebook has a list there
    ids = [cell.get("id") for cell in cells]
    return tuple(index for index, identifier in enumerate(ids) if identifier is None or identifier in ids[:index])


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
