"""Which question each cell of a notebook belongs to, as students know them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from nbformat import NotebookNode

#: A question's cells are named after it.
_PART: Final = re.compile(r"(.+)_(code|check|test|text)")
_HEADING_MARK: Final = re.compile(r" {0,3}#{1,6}[ \t]++(?=\S)")
_POINTS: Final = re.compile(r"\bpoints?\b")


@dataclass(frozen=True)
class QuestionName:
    """What a question is called: in the course's files, and over its text."""

    name: str
    title: str


def beginnings(notebook: NotebookNode) -> list[QuestionName | None]:
    """Return for each cell of a notebook the question that begins with it, or None.

    Cells named ``exN_code``, ``exN_text`` and so on belong to question ``exN``; in notebooks that name their cells
    otherwise, a question begins where a heading does.
    """
    names = [grade_id(cell) for cell in notebook.cells]
    named = {match[1] for name in names if (match := _PART.fullmatch(name))}
    found: list[QuestionName | None] = []
    current: QuestionName | None = None
    for cell, name in zip(notebook.cells, names, strict=True):
        begun = _begins(cell, name, named, current)
        if begun is None and current is None:
            begun = QuestionName("beginning", "Beginning of the notebook")
        current = begun or current
        found.append(begun)
    return found


def questions_of_cells(notebook: NotebookNode) -> dict[str, QuestionName]:
    """Return the question of each cell that has a name, by that name, in the notebook's order."""
    found: dict[str, QuestionName] = {}
    current = QuestionName("", "")
    for cell, begun in zip(notebook.cells, beginnings(notebook), strict=True):
        current = begun or current
        if name := grade_id(cell):
            found[name] = current
    return found


def question_of_name(name: str) -> str:
    """Return the question that a cell is named after; its own name where it is named otherwise."""
    match = _PART.fullmatch(name)
    return match[1] if match else name


def grade_id(cell: NotebookNode) -> str:
    """Return the name that nbgrader knows a cell by, or an empty text."""
    return str(facts(cell).get("grade_id") or "")


def facts(cell: NotebookNode) -> Mapping[str, Any]:
    """Return nbgrader's facts about a cell."""
    found = cell.get("metadata", {}).get("nbgrader")
    return found if isinstance(found, dict) else {}


def heading(cell: NotebookNode) -> str:
    """Return the last heading of a markdown cell, without the points it announces; an empty text where there is none.

    A cell that begins a chapter and its first question has two: the later one names the question.
    """
    found = list(_headings(cell.source)) if cell.cell_type == "markdown" else []
    return _without_points(found[-1].title) if found else ""


def below_heading(source: str) -> str:
    """Return a markdown cell's source without the heading it begins with, where it has no other."""
    found = list(_headings(source))
    return source[found[0].end :] if len(found) == 1 and not source[: found[0].start].strip() else source


class _Heading(NamedTuple):
    #: Where its line starts and ends.
    start: int
    end: int
    title: str


def _headings(source: str) -> Iterator[_Heading]:
    """Yield the headings of markdown text. Line by line, so that no line is looked at twice."""
    start = 0
    for line in source.split("\n"):
        end = start + len(line)
        if mark := _HEADING_MARK.match(line):
            text = line[mark.end() :].rstrip(" \t")
            yield _Heading(start, end, text.rstrip("#").rstrip(" \t") or text[0])
        start = end + 1


def _without_points(title: str) -> str:
    """Return a title without the points at its end: the page says how many there are, and which were earned."""
    before, bracket, inside = title.rpartition("(")
    announced = bracket and inside.find(")") == len(inside) - 1 and _POINTS.search(inside)
    return before.rstrip() or title if announced else title


def _begins(cell: NotebookNode, name: str, named: set[str], current: QuestionName | None) -> QuestionName | None:
    """Return the question that begins with ``cell``, or None."""
    match = _PART.fullmatch(name)
    question = match[1] if match else name if name in named else ""
    if question:
        is_same = current is not None and current.name == question
        return None if is_same else QuestionName(question, heading(cell) or question)
    title = heading(cell)
    inside_named = current is not None and current.name in named
    if not title or facts(cell).get("solution") or (inside_named and not facts(cell).get("locked")):
        return None
    return QuestionName(name or title, title)
