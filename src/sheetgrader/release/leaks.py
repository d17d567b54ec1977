"""The leak check: no text that students must not see is in what is handed out.

Secret are the lines of solutions, marking schemes and hidden tests. A line that stands outside of them in the source,
too, is no secret, and neither is one that says nothing by itself, as ``return`` or an import.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.utils import is_solution

from sheetgrader.course.regions import CourseDelimiters, split

#: Shorter lines are looked for as whole lines only, longer ones anywhere.
_LONG = 16
#: Letters and digits that a line needs to say anything.
_TELLING = 8
_TRIVIAL = re.compile(
    r"(?:import|from)\b|(?:continue|raise NotImplementedError(?:\(\))?|plt\.(?:show|figure|legend)\(\))$"
)
#: Data files larger than this hold no text of a notebook.
_LARGEST = 4 << 20


def find_leaks(
    notebooks: Iterable[NotebookNode],
    graders: Mapping[str, bytes],
    released: Mapping[str, bytes],
    delimiters: CourseDelimiters,
) -> list[str]:
    """Return one sentence for each place in the released files that holds secret lines.

    Args:
        notebooks: the source notebooks.
        graders: the hidden graders by relative path.
        released: everything that is handed out, by relative path.
        delimiters: what the course marks secret text with.
    """
    secret, public = _sort_lines(notebooks, delimiters)
    for path, content in graders.items():
        for line in map(_normal, content.decode("utf-8", "replace").splitlines()):
            if not _is_trivial(line):
                secret.setdefault(line, f"the grader {path}")
    secret = {line: where for line, where in secret.items() if not _is_in(line, public)}
    sentences = []
    for path, content in sorted(released.items()):
        for place, text in _texts(path, content):
            leaked = [line for line in secret if _is_in(line, text)]
            if leaked:
                more = f" and {len(leaked) - 1} more" if len(leaked) > 1 else ""
                sentences.append(f"{place} gives away {secret[leaked[0]]}: {leaked[0][:80]!r}{more}")
        sentences += _attachments(path, content)
    return sentences


def _attachments(path: str, content: bytes) -> Iterator[str]:
    """Find images of answers: nbgrader replaces the text of an answer, and leaves what is attached to its cell."""
    if not path.endswith(".ipynb"):
        return
    for index, cell in enumerate(json.loads(content).get("cells", [])):
        metadata = cell.get("metadata", {}).get("nbgrader", {})
        source = "".join(cell["source"])
        left = [name for name in cell.get("attachments", {}) if f"attachment:{name}" not in source]
        if metadata.get("solution") and left:
            yield (
                f"{path}, cell {index + 1} ({metadata.get('grade_id')}) gives away what is attached to the answer:"
                f" {', '.join(left)}"
            )


class _Text:
    """Text to look for lines in."""

    def __init__(self, lines: Iterable[str]) -> None:
        normal = [_normal(line) for line in lines]
        self.lines = frozenset(normal)
        self.whole = "\n".join(normal)


def _is_in(line: str, text: _Text) -> bool:
    return line in text.lines or (len(line) >= _LONG and line in text.whole)


def _sort_lines(notebooks: Iterable[NotebookNode], delimiters: CourseDelimiters) -> tuple[dict[str, str], _Text]:
    """Return secret lines with what they belong to, and the text that is public."""
    secret: dict[str, str] = {}
    public = [line for stub in (*delimiters.code_stubs.values(), delimiters.text_stub) for line in stub.splitlines()]
    for notebook in notebooks:
        for index, cell in enumerate(notebook.cells):
            name = cell.metadata.get("nbgrader", {}).get("grade_id") or f"cell {index + 1}"
            lines, remaining = _secret_lines(cell, delimiters)
            public += remaining
            for kind, line in lines:
                normal = _normal(line)
                if not _is_trivial(normal):
                    secret.setdefault(normal, f"{kind} of {name}")
    return secret, _Text(public)


def _secret_lines(cell: NotebookNode, delimiters: CourseDelimiters) -> tuple[list[tuple[str, str]], Sequence[str]]:
    """Return the secret lines of a cell with what they are, and those that remain."""
    solution = split(cell.source, delimiters.solution)
    if is_solution(cell) and not solution.found:
        kinds = [(line, "the answer") for line in cell.source.splitlines()]
        return [
            (kind, line)
            for line, kind in kinds
            if not any(mark in line for each in delimiters.all for mark in (each.begin, each.end))
        ], ()
    secret = [("the solution", line) for line in solution.inside]
    remaining: Sequence[str] = solution.outside
    for kind, marks in (("a hidden test", delimiters.hidden_tests), ("the marking scheme", delimiters.mark_scheme)):
        parts = split("\n".join(remaining), marks)
        secret += [(kind, line) for line in parts.inside]
        remaining = parts.outside
    return secret, remaining


def _texts(path: str, content: bytes) -> Iterator[tuple[str, _Text]]:
    """Give the texts of a released file, each with where it is."""
    if len(content) > _LARGEST or b"\0" in content[:4096]:
        return
    if path.endswith(".ipynb"):
        notebook = json.loads(content)
        cells = notebook.pop("cells", [])
        yield f"{path}, its metadata", _Text(_strings(notebook))
        for index, cell in enumerate(cells):
            name = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
            yield f"{path}, cell {index + 1}" + (f" ({name})" if name else ""), _Text(_strings(cell))
    else:
        yield path, _Text(content.decode("utf-8", "replace").splitlines())


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from value.splitlines()
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            # A notebook keeps long texts as lists of lines.
            yield from (
                _strings("".join(item))
                if isinstance(item, list) and all(isinstance(part, str) for part in item)
                else _strings(item)
            )
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _normal(line: str) -> str:
    """Return a line without indentation, terminal colours and differences of spacing."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", line).split())


def _is_trivial(line: str) -> bool:
    return sum(character.isalnum() for character in line) < _TELLING or _TRIVIAL.match(line) is not None
