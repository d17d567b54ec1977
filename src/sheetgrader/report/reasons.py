"""Where the reason of a failure lies: in an earlier cell, in a network that is not there, in a file that is not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nbformat import NotebookNode

from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.course.questions import grade_id
from sheetgrader.graders import sandboxed
from sheetgrader.results import CellRun, Outcome

_MISSING: Final = (
    re.compile(r"`([^\W\d]\w{0,79})` is not defined\."),
    re.compile(r"\bname '([^\W\d]\w{0,79})' is not defined"),
)
_MODULE: Final = re.compile(r"No module named '([^'\n]{1,80})'")
_FILE: Final = re.compile(r"No such file or directory: '([^'\n]{1,200})'")
_INPUT: Final = re.compile(r"StdinNotImplementedError|does not support input requests")
_MADE_UP_FILE: Final = re.compile(r"\(\d{1,20}\.py, ")
_LONGEST_MESSAGE: Final = 200
#: So many names are looked for in a notebook: each search goes through all of its code.
_MOST_NAMES: Final = 50
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True)
class Reason:
    """Why something failed, as a sentence that may lead to a cell."""

    text: str
    #: The cell that the sentence goes on with, as a link, and what is said of it.
    anchor: str = ""
    place: str = ""
    rest: str = ""


@dataclass(frozen=True)
class Place:
    """A cell as it is spoken of."""

    anchor: str
    title: str


class Failures:
    """The failed cells of one notebook, and what failed because of them."""

    def __init__(self, notebook: NotebookNode, runs: Iterable[CellRun], places: Mapping[int, Place]) -> None:
        """Find the cells that did not run to their end.

        Args:
            notebook: as it was graded.
            runs: how its cells ran.
            places: its cells by their positions.
        """
        self._cells: Sequence[NotebookNode] = notebook.cells
        self._places = places
        self._defining: dict[str, list[int]] = {}
        named = {grade_id(cell) or f"cell {position + 1}": position for position, cell in enumerate(notebook.cells)}
        #: By position.
        self.failed: dict[int, CellRun] = {
            named[run.cell]: run for run in runs if run.outcome is not Outcome.RIGHT and run.cell in named
        }

    def of(self, text: str, position: int) -> tuple[Reason, ...]:
        """Return why the cell at ``position``, or what was asked of it, failed.

        Args:
            text: what it failed with, as much of it as is shown.
            position: what stands above it has run before.
        """
        missing = dict.fromkeys(match[1] for pattern in _MISSING for match in pattern.finditer(text))
        found = [reason for name in missing if (reason := self._why_missing(name, position))]
        return (*found, *map(Reason, explained(text)))

    def _why_missing(self, name: str, position: int) -> Reason | None:
        defining = self._cells_that_define(name)
        earlier = [place for place in defining if place < position and place in self.failed]
        if earlier:
            said = _sentence(self.failed[earlier[-1]].message)
            return self._told(f"`{name}` is missing because", earlier[-1], f"failed: {said}")
        if defining and defining[0] > position:
            return self._told(f"`{name}` comes too late: cells run from top to bottom, and", defining[0], "defines it.")
        return None

    def _cells_that_define(self, name: str) -> list[int]:
        if name not in self._defining:
            if len(self._defining) == _MOST_NAMES:
                return []
            self._defining[name] = [
                position
                for position, cell in enumerate(self._cells)
                if cell.cell_type == "code" and defines(cell.source, name)
            ]
        return self._defining[name]

    def _told(self, text: str, position: int, rest: str) -> Reason:
        place = self._places[position]
        return Reason(text, place.anchor, f"a cell in “{place.title}”", rest)


def is_missing_name(message: str) -> bool:
    """Tell whether a criterion's message says that there was nothing to judge."""
    return bool(_MISSING[0].search(message))


def explained(text: str) -> list[str]:
    """Return what is to be known about an error that lies in where code is graded, not in the code."""
    found = []
    wants_network = sandboxed.is_told_of(text)
    if sandboxed.WITHOUT_NETWORK in text:
        found.append("Hand in what it needs, or use the files of the sheet.")
    elif wants_network:
        sentence = sandboxed.WITHOUT_NETWORK
        found.append(f"{sentence[0].upper()}{sentence[1:]}: hand in what it needs, or use the files of the sheet.")
    if not wants_network and (module := _MODULE.search(text)):
        found.append(
            f"`{module[1]}` is neither a library that is installed where your work is graded, nor a file beside the"
            " notebook."
        )
    if not wants_network and _FILE.search(text):
        found.append(
            "That file is not there where your work is graded: beside the notebook are the files of the sheet and those"
            " that you hand in."
        )
    if _INPUT.search(text):
        found.append("Nobody is there to answer `input()` where your work is graded.")
    return found


def defines(source: str, name: str) -> bool:
    """Tell whether code gives ``name`` a value, as far as its lines tell; in time that grows as the code does."""
    return name in source and any(_line_defines(line, name) for line in source.splitlines() if name in line)


def _line_defines(line: str, name: str) -> bool:
    stripped = line.strip()
    words = stripped.split(None, 3)
    if words[0] in ("import", "from"):
        return name in _WORD.findall(stripped)
    if words[0] == "async":
        words = words[1:]
    if words[:1] in (["def"], ["class"]):
        return len(words) > 1 and _WORD.findall(words[1])[:1] == [name]
    if words[:1] in (["for"], ["with"]):
        return name in _WORD.findall(stripped.partition(" in ")[0] if words[0] == "for" else stripped)
    target, equals, value = stripped.partition("=")
    return bool(equals) and not value.startswith("=") and name in set(_assigned(target))


def _assigned(target: str) -> Iterator[str]:
    """Yield the names that stand to the left of a sign of equality, not those in brackets behind other names."""
    for part in target.split(","):
        words = part.strip(" \t()[]*+-/%@&|^:<>").split(":")[0].split()
        if len(words) == 1 and words[0].isidentifier():
            yield words[0]


def _sentence(message: str) -> str:
    # The file that a syntax error is found in is one that the kernel made up for the cell.
    text = plain_text(_MADE_UP_FILE.sub("(", " ".join(message.split())), _LONGEST_MESSAGE)
    return text if text.endswith((".", "…")) else f"{text}."
