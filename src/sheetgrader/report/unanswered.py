"""Which questions a group left as they were given out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from nbformat import NotebookNode

from sheetgrader.course.questions import beginnings, facts, grade_id


def unanswered(notebook: NotebookNode, released: Mapping[str, str]) -> frozenset[str]:
    """Return the graded cells whose answer is empty, or as it was given out, by their names.

    The answer to a test cell is the code of its question above it, back to the graded cell before; where two test cells
    follow one another, both judge the same. A group that has written a cell of its own there has answered.

    Args:
        notebook: the graded notebook.
        released: what stood in the answer cells of the skeleton, by their names.
    """
    return frozenset(_unanswered(notebook, released))


def is_left(cell: NotebookNode, names: Set[str]) -> bool:
    """Tell whether a cell of a question without an answer is one that the answer was to stand in.

    Args:
        cell: it shows nothing where it has put out nothing.
        names: the cells without an answer.
    """
    return not cell.get("outputs") and (bool(facts(cell).get("solution")) or grade_id(cell) in names)


def _unanswered(notebook: NotebookNode, released: Mapping[str, str]) -> Iterator[str]:
    cells = notebook.cells
    above: list[NotebookNode] = []
    is_same = False
    for position, (cell, begun) in enumerate(zip(cells, beginnings(notebook), strict=True)):
        known = facts(cell)
        if begun is not None:
            above, is_same = [], False
        if known.get("task"):
            above, is_same = [], False
        elif known.get("grade") and known.get("solution"):
            if _is_as_released(cell, released) and not any(_own_around(cells, position)):
                yield grade_id(cell)
            above, is_same = [], False
        elif known.get("grade"):
            if above:
                is_asked = any(known_name in released for known_name in map(grade_id, above))
                is_same = is_asked and all(_is_as_released(answer, released) for answer in above)
                above = []
            if is_same:
                yield grade_id(cell)
        elif cell.cell_type == "code" and not known.get("locked"):
            above.append(cell)


def _own_around(cells: Sequence[NotebookNode], position: int) -> Iterator[bool]:
    """Yield for each cell of the group's own beside a cell whether it holds anything."""
    for direction in (-1, 1):
        place = position + direction
        while 0 <= place < len(cells) and not grade_id(cells[place]):
            yield bool(cells[place].source.strip())
            place += direction


def _is_as_released(cell: NotebookNode, released: Mapping[str, str]) -> bool:
    if cell.get("attachments"):
        return False
    source = _plain(cell.source)
    return not source or source == _plain(released.get(grade_id(cell), ""))


def _plain(source: str) -> str:
    return source.replace("\r\n", "\n").strip()
