"""Reads a submitted notebook's bytes, which may hold anything."""

from __future__ import annotations

import codecs
import json
import warnings
from typing import Any, Final

import nbformat
from nbformat.notebooknode import NotebookNode
from nbformat.warnings import DuplicateCellId, MissingIDFieldWarning

from sheetgrader.boundary.untrusted_json import MOST_ITEMS, parse, price
from sheetgrader.errors import SubmissionError

#: Far more than anybody writes by hand.
_MOST_CELLS: Final = 2_000
#: The same of the tags and attachments of a cell: where one of them is not valid, nbformat makes an error of each, and
#: holds each tag against each other one.
_MOST_PARTS: Final = 1_000
#: What a notebook may cost without its outputs, see :func:`~sheetgrader.boundary.untrusted_json.price`: half a million
#: lines. Large images cost as much as they are long.
_MOST_BYTES: Final = 64 << 20
_BYTE_ORDER_MARKS: Final = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def read_notebook(name: str, content: bytes) -> tuple[NotebookNode, list[str]]:
    """Return a notebook in format 4 without the outputs that it was handed in with, and remarks on how it was written.

    Raises:
        SubmissionError: it is no notebook, or of more cells, values or levels than any notebook that means well.
    """
    text, notes = _decode(name, content)
    if text.count(",") + text.count("[") + text.count("{") > MOST_ITEMS:
        raise SubmissionError(f"{name} is no notebook: it holds too many values")
    found = _parsed(name, text)
    _check_size(name, found, max(_MOST_BYTES, 2 * len(text)))
    try:
        with warnings.catch_warnings():
            # nbformat repairs both by itself.
            warnings.simplefilter("ignore", MissingIDFieldWarning)
            warnings.simplefilter("ignore", DuplicateCellId)
            notebook = nbformat.reads(json.dumps(found), as_version=4)
    except nbformat.NBFormatError as error:
        raise SubmissionError(
            f"{name} is of a format that is not known here ({first_line(error)}); save it in Jupyter as format 4"
        ) from None
    except Exception as error:  # noqa: BLE001 # nbformat lets every kind of error out of its conversions
        raise SubmissionError(f"{name} is no valid notebook: {type(error).__name__}: {first_line(error)}") from None
    return notebook, notes


def _parsed(name: str, text: str) -> Any:
    try:
        return parse(text)
    except json.JSONDecodeError as error:
        raise SubmissionError(
            f"{name} is no notebook: it is no JSON (line {error.lineno}, column {error.colno}: {error.msg})"
        ) from None
    except ValueError as error:
        if "nested" in str(error):
            raise SubmissionError(f"{name} is no notebook: it is nested too deeply") from None
        raise SubmissionError(f"{name} is no notebook: it is no JSON ({first_line(error)})") from None


def _check_size(name: str, notebook: Any, most_bytes: int) -> None:
    """Take the outputs out, which nobody will look at, and see that what is left can be checked, copied and written.

    Raises:
        SubmissionError: it is of too many cells, or one has too many parts, or it costs too much.
    """
    cells = _cells(notebook)
    if len(cells) > _MOST_CELLS:
        raise SubmissionError(f"{name} has {len(cells):,} cells, where {_MOST_CELLS:,} are the most that is read")
    for cell in cells:
        if not isinstance(cell, dict):
            continue
        outputs, metadata = cell.get("outputs"), cell.get("metadata")
        if isinstance(outputs, list) and all(isinstance(output, dict) for output in outputs):
            outputs.clear()
        tags = metadata.get("tags") if isinstance(metadata, dict) else None
        if max(_part_count(tags), _part_count(cell.get("attachments"))) > _MOST_PARTS:
            raise SubmissionError(f"{name} has a cell of more than {_MOST_PARTS:,} tags or attachments")
    if price(notebook, most_bytes) > most_bytes:
        raise SubmissionError(f"{name} is no notebook: without its outputs it still holds too many lines or values")


def _part_count(value: Any) -> int:
    """Return how many values stand in ``value`` and in what stands in it."""
    parts = [*value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    return len(parts) + sum(len(part) for part in parts if isinstance(part, dict | list))


def _cells(notebook: Any) -> list[Any]:
    """Return the cells of a notebook of whatever format; none where it is no notebook, which others will say."""
    # The format of the past has sheets of cells.
    sheets = notebook.get("worksheets") if isinstance(notebook, dict) else None
    places = [notebook, *(sheets if isinstance(sheets, list) else ())]
    return [
        cell
        for place in places
        if isinstance(place, dict) and isinstance(place.get("cells"), list)
        for cell in place["cells"]
    ]


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


def first_line(error: BaseException) -> str:
    """Return the beginning of what an error says."""
    lines = str(error).strip().splitlines()
    # What the message repeats of the notebook may hold halves of characters, which nothing can write down.
    return lines[0][:300].encode("utf-8", "replace").decode() if lines else "no reason given"
