"""Patches: the few lines in which an answer differs from a file of the reference solution, under a note about them.

A patch is a unified diff for one file, as ``diff`` and ``git`` write it. It is applied strictly: the lines that a
change replaces must stand in the file exactly once, so a patch does what its author saw or is refused. Its line
numbers are for readers: what is added elsewhere in the file leaves a patch as good as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sheetgrader.errors import CourseError

_PATCH: Final = re.compile(
    r"(?P<note>.*?)^--- (?P<file>.+)\n\+\+\+ (?P=file)\n(?P<changes>@@ .*)", re.DOTALL | re.MULTILINE
)
_PLACE: Final = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


@dataclass(frozen=True)
class Change:
    """Lines, and those that take their place; what both have in common shows where that is."""

    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True)
class Patch:
    """What an answer changes in one file."""

    path: Path
    #: The text above the diff.
    note: str
    #: The name of the file that it changes.
    file: str
    changes: tuple[Change, ...]

    def apply(self, text: str) -> str:
        """Return the file's ``text`` with the changes made.

        Raises:
            CourseError: the lines that a change replaces are not there, or more than once.
        """
        lines = _lines(text)
        for change in self.changes:
            length = len(change.old)
            places = [place for place in range(len(lines)) if tuple(lines[place : place + length]) == change.old]
            if len(places) != 1:
                raise CourseError(f"{self.path} {_misfit(change, len(places), self.file)}")
            lines[places[0] : places[0] + length] = change.new
        return "\n".join(lines) + "\n"


def parse_patch(text: str, path: Path) -> Patch:
    """Return the patch that ``text`` is, the content of the file ``path``.

    Raises:
        CourseError: it is no unified diff for one file.
    """
    parts = _PATCH.fullmatch(text)
    if parts is None:
        raise CourseError(f"{path} is no patch: below its note it needs '--- NAME', '+++ NAME' and lines from '@@' on")
    return Patch(path, parts["note"].strip(), parts["file"], tuple(_read_changes(path, _lines(parts["changes"]))))


def _read_changes(path: Path, lines: list[str]) -> Iterator[Change]:
    starts = [number for number, line in enumerate(lines) if line.startswith("@@")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        body = lines[start + 1 : end]
        old = tuple(line[1:] for line in body if line.startswith((" ", "-")))
        new = tuple(line[1:] for line in body if line.startswith((" ", "+")))
        place = _PLACE.match(lines[start])
        announced = place and tuple(1 if count is None else int(count) for count in place.groups())
        if announced != (len(old), len(new)) or not all(line.startswith((" ", "-", "+")) for line in body):
            raise CourseError(f"{path} is damaged: {lines[start]!r} does not announce the lines that follow it")
        if not old:
            raise CourseError(f"{path} does not show where {_quoted(new)} belongs; add a line that stands beside it")
        if old == new:
            raise CourseError(f"{path} changes nothing at {lines[start]!r}")
        yield Change(old, new)


def _lines(text: str) -> list[str]:
    """Return the lines of a file; a form feed within one, or what else only Unicode takes for an end, is left there."""
    return text.replace("\r\n", "\n").removesuffix("\n").split("\n")


def _misfit(change: Change, times: int, file: str) -> str:
    if times == 0:
        return f"no longer fits {file}, which does not hold {_quoted(change.old)}; write the patch anew"
    return f"may mean several places in {file}, which holds {_quoted(change.old)} {times} times; add a line beside it"


def _quoted(lines: tuple[str, ...]) -> str:
    return f"'{lines[0].strip()}'" + (" with the lines after it" if len(lines) > 1 else "")
