"""What a group answered to each graded cell, as digests: the same digest, the same answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any


def answers(notebook: bytes | None) -> dict[str, str]:
    """Return a digest of the answer to each graded cell of a notebook, by ``grade_id``; nothing where it cannot be
    read. Outputs are none of it: they can differ from run to run.
    """
    try:
        # Python's own reader, since a notebook may hold NaN, which is no JSON.
        cells = json.loads(notebook or b"{}").get("cells", [])
        return {name: digest(answer) for name, answer in answer_cells(cells)}
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError):
        return {}


def answer_cells(cells: list[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the ``grade_id`` of each graded cell of a notebook, and the cells that are the answer to it.

    The answer to an answer cell is the cell itself, with its attachments. The answer to a test cell is the code above
    it, back to the graded cell before. The answer to a task are the cells below it, down to the next cell of the
    sheet's own.
    """
    above: list[dict[str, Any]] = []
    for position, cell in enumerate(cells):
        metadata = _metadata(cell)
        name = str(metadata.get("grade_id", ""))
        # Without a name it is no task of the sheet's: of a notebook full of such, each would be all that is below it.
        if metadata.get("task") and name:
            yield name, _below(cells[position + 1 :])
        elif metadata.get("grade"):
            yield name, [cell] if metadata.get("solution") else above
        elif cell["cell_type"] == "code" and not metadata.get("locked"):
            above.append(cell)
            continue
        else:
            continue
        above = []


def digest(cells: list[dict[str, Any]]) -> str:
    """Return a digest of the cells that are an answer."""
    parts = [
        (cell["cell_type"], "".join(cell["source"]), json.dumps(cell.get("attachments") or {}, sort_keys=True))
        for cell in cells
    ]
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _below(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    end = next((position for position, cell in enumerate(cells) if _metadata(cell).get("grade_id")), len(cells))
    return cells[:end]


def _metadata(cell: dict[str, Any]) -> Mapping[str, Any]:
    found = cell.get("metadata", {}).get("nbgrader")
    return found if isinstance(found, dict) else {}
