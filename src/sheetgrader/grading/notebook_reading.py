"""Reads a submitted notebook's bytes, which may hold anything."""

from __future__ import annotations

import codecs
import json
import warnings
from typing import Final

import nbformat
from nbformat.notebooknode import NotebookNode
from nbformat.reader import NotJSONError
from nbformat.warnings import DuplicateCellId, MissingIDFieldWarning

from sheetgrader.boundary.untrusted_json import MOST_ITEMS, MOST_LEVELS, has_more_levels, with_whole_characters
from sheetgrader.errors import SubmissionError

#: Far more than anybody writes by hand.
_MOST_CELLS: Final = 2_000
_BYTE_ORDER_MARKS: Final = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def read_notebook(name: str, content: bytes) -> tuple[NotebookNode, list[str]]:
    """Return a notebook in format 4, and remarks on how it was written.

    Raises:
        SubmissionError: it is no notebook, or of more cells, values or levels than any notebook that means well.
    """
    text, notes = _decode(name, content)
    if text.count(",") + text.count("[") + text.count("{") > MOST_ITEMS:
        raise SubmissionError(f"{name} is no notebook: it holds too many values")
    # Before every cell is checked and copied, which takes far longer than reading it.
    if text.count("{") > _MOST_CELLS and (count := _cell_count(text)) > _MOST_CELLS:
        raise SubmissionError(f"{name} has {count:,} cells, where {_MOST_CELLS:,} are the most that is read")
    try:
        with warnings.catch_warnings():
            # nbformat repairs both by itself.
            warnings.simplefilter("ignore", MissingIDFieldWarning)
            warnings.simplefilter("ignore", DuplicateCellId)
            notebook = nbformat.reads(with_whole_characters(text), as_version=4)
    except NotJSONError as error:
        raise SubmissionError(f"{name} is no notebook: it is no JSON ({_json_error(error)})") from None
    except nbformat.NBFormatError as error:
        raise SubmissionError(
            f"{name} is of a format that is not known here ({first_line(error)}); save it in Jupyter as format 4"
        ) from None
    except RecursionError:
        raise SubmissionError(f"{name} is no notebook: it is nested too deeply") from None
    except Exception as error:  # noqa: BLE001 # nbformat lets every kind of error out of its conversions
        raise SubmissionError(f"{name} is no valid notebook: {type(error).__name__}: {first_line(error)}") from None
    if has_more_levels(notebook, MOST_LEVELS):
        raise SubmissionError(f"{name} is no notebook: it is nested too deeply")
    return notebook, notes


def _decode(name: str, content: bytes) -> tuple[str, list[str]]:
    if not content.strip(b" \t\r\n\0"):
        raise SubmissionError(f"{name} is empty")
    encoding = next((encoding for mark, encoding in _BYTE_ORDER_MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise SubmissionError(f"{name} is no notebook: it is not encoded as UTF-8 (byte {error.start})") from None
    if encoding == "utf-8":
        return text, []
    kind = "UTF-8 with a byte order mark" if encoding == "utf-8-sig" else "UTF-16"
    return text, [f"{name} is encoded as {kind}, not as plain UTF-8; it was read all the same."]


def _cell_count(text: str) -> int:
    """Return how many cells a notebook of whatever format holds; 0 where it is none, which others will say."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return 0
    # The format of the past has sheets of cells.
    sheets = found.get("worksheets") if isinstance(found, dict) else None
    places = [found, *(sheets if isinstance(sheets, list) else ())]
    cells = [place["cells"] for place in places if isinstance(place, dict) and isinstance(place.get("cells"), list)]
    return sum(map(len, cells))


def _json_error(error: NotJSONError) -> str:
    cause = error.__cause__
    return (
        f"line {cause.lineno}, column {cause.colno}: {cause.msg}"
        if isinstance(cause, json.JSONDecodeError)
        else first_line(cause or error)
    )


def first_line(error: BaseException) -> str:
    """Return the beginning of what an error says."""
    lines = str(error).strip().splitlines()
    # What the message repeats of the notebook may hold halves of characters, which nothing can write down.
    return lines[0][:300].encode("utf-8", "replace").decode() if lines else "no reason given"
