"""The answers in one autograded notebook. It is the student's: nothing in it is believed, all may be damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import msgspec

from sheetgrader.course.files import read_plain_file
from sheetgrader.store.answers import answer_cells


class _Cell(msgspec.Struct):
    """A cell whose outputs, the most of a notebook, are not looked into."""

    cell_type: str
    source: str | list[str]
    metadata: dict[str, Any] = {}
    attachments: dict[str, Any] | None = None
    outputs: msgspec.Raw = msgspec.Raw(b"[]")


class _Notebook(msgspec.Struct):
    cells: list[_Cell]


_QUICK: Final = msgspec.json.Decoder(_Notebook)
#: What damaged notebooks can raise, whoever reads them.
DAMAGED: Final = (ValueError, AttributeError, TypeError, KeyError, RecursionError)


def read_answers(content: bytes, *, with_outputs: bool = False) -> dict[str, list[dict[str, Any]]]:
    """Return the cells that are the answer to each graded cell, by ``grade_id``.

    Args:
        content: of the notebook.
        with_outputs: read the outputs too, which can be most of it.

    Raises:
        ValueError: it cannot be read.
    """
    try:
        if with_outputs:
            return {name: [_plain(cell) for cell in cells] for name, cells in answer_cells(_cells(content))}
        try:
            cells = [_as_dict(cell) for cell in _QUICK.decode(content).cells]
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            # Python's own reader takes NaN and what else is no JSON.
            cells = _cells(content)
        return {name: list(found) for name, found in answer_cells(cells)}
    except DAMAGED as error:
        raise ValueError(f"it is no notebook that can be read: {type(error).__name__}") from None


def read_file(path: Path) -> bytes | None:
    """Return what a file holds; None where there is none.

    Raises:
        OSError: it cannot be read.
    """
    try:
        return read_plain_file(path)
    except FileNotFoundError:
        return None


def _cells(content: bytes) -> list[dict[str, Any]]:
    cells = json.loads(content).get("cells", [])
    if not all(isinstance(cell, dict) for cell in cells):
        raise TypeError
    return list(cells)


def _as_dict(cell: _Cell) -> dict[str, Any]:
    return {
        "cell_type": cell.cell_type,
        "source": cell.source,
        "metadata": cell.metadata,
        "attachments": cell.attachments,
    }


def _plain(cell: dict[str, Any]) -> dict[str, Any]:
    return {**cell, "source": "".join(cell["source"])}
