"""What an archive holds, by names that lead nowhere else; nothing is unpacked before it is asked for."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from sheetgrader.boundary.plain_text import is_plain_name
from sheetgrader.course.files import MOST_LEVELS, NOT_PLAIN, FileLimits, HandedIn, is_ignored, leave_out
from sheetgrader.errors import SubmissionError

#: Files in one archive, a whole class's export included; listing them takes about a kilobyte each.
MOST_ENTRIES: Final = 100_000
#: A file that becomes more times larger than this was made to fill a memory, unless it is small anyway.
MOST_RATIO: Final = 200
SMALL_BYTES: Final = 1 << 20

#: Of a path, below what file systems take together with the folders above it.
_MOST_PATH_BYTES: Final = 1000
_TOO_LONG: Final = f"has a path of more than {_MOST_PATH_BYTES:,} bytes"
#: Of a file's or folder's name before its accents are put together.
_MOST_NAME_CHARACTERS: Final = 400
#: What operating systems and editors leave behind.
LITTER: Final = ("__MACOSX", ".DS_Store", "._*", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints", "__pycache__")


class Unreadable(SubmissionError):
    """A file of an archive cannot be read; the text is the end of a sentence that begins with its name."""


@dataclass(frozen=True)
class Entry:
    """A file of an archive, not unpacked yet."""

    #: Bytes that it has by its own account; reading it never gives another number.
    size: int
    #: By the archive's account; without a timezone where the archive has none.
    time: datetime | None
    #: Unpacks it, or raises :class:`Unreadable`.
    read: Callable[[], bytes]


class Archive:
    """What an archive holds."""

    def __init__(self, entries: Mapping[str, Entry], refused: Sequence[tuple[str, str]], notes: Sequence[str]) -> None:
        """Use :class:`Contents`, which checks names."""
        self.entries = dict(sorted(entries.items()))
        self._paths = list(self.entries)
        #: What is there and is not read, and why, as the end of a sentence.
        self.refused = tuple(refused)
        #: One sentence for each thing that cannot belong to a folder inside.
        self.notes = tuple(notes)

    def read(self, below: str = "", *, limits: FileLimits) -> HandedIn:
        """Unpack the files whose path begins with ``below``, a folder with its slash, under their paths from there on.

        What is damaged or over a limit is left out with a sentence.
        """
        files: dict[str, bytes] = {}
        notes: list[str] = []
        total = 0
        for path, why in self.refused:
            if path.startswith(below):
                leave_out(notes, path[len(below) :], why)
        for path in self._below(below):
            entry = self.entries[path]
            why = limits.why_over(entry.size, count=len(files), total=total)
            try:
                if not why:
                    files[path[len(below) :]] = entry.read()
                    total += entry.size
            except Unreadable as error:
                why = str(error)
            if why:
                leave_out(notes, path[len(below) :], why)
        return HandedIn(files, folders_of(files), tuple(notes))

    def _below(self, folder: str) -> Iterator[str]:
        for position in range(bisect_left(self._paths, folder), len(self._paths)):
            if not self._paths[position].startswith(folder):
                return
            yield self._paths[position]


class Contents:
    """Collects the files of an archive that have a safe name of their own."""

    def __init__(self, ignore: Sequence[str]) -> None:
        """Make an empty collection, for which names that match ``ignore`` do not exist."""
        self._ignore = (*ignore, *LITTER)
        self._entries: dict[str, Entry] = {}
        self._refused: list[tuple[str, str]] = []
        self._notes: list[str] = []
        # As file systems see names that take no account of case or of how an accent is put together.
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def add(self, name: str, entry: Entry | str) -> None:
        """Add a file called ``name``, or the reason why it is none, as the end of a sentence."""
        if too_long := _why_too_long(name):
            leave_out(self._notes, name, too_long)
            return
        parts = [part for part in unicodedata.normalize("NFC", name).split("/") if part not in {"", "."}]
        if any(is_ignored(part, self._ignore) for part in parts):
            return
        if unsafe := _why_unsafe(name, parts):
            leave_out(self._notes, name, unsafe)
            return
        path = "/".join(parts)
        why = entry if isinstance(entry, str) else self._why_taken(parts)
        if why or isinstance(entry, str):
            self._refused.append((path, why))
            return
        self._entries[path] = entry

    def note(self, sentence: str) -> None:
        """Add what there is to say about the archive itself."""
        self._notes.append(sentence)

    def archive(self) -> Archive:
        """Return what was collected."""
        return Archive(self._entries, self._refused, self._notes)

    def _why_taken(self, parts: Sequence[str]) -> str:
        """Say which other name stands in the way of this one, and keep it if there is none."""
        keys = ["/".join(parts[:length]).casefold() for length in range(1, len(parts) + 1)]
        keys = [unicodedata.normalize("NFC", key) for key in keys]
        if keys[-1] in self._files:
            return "has the same name as another file of the archive, or one that differs in case only"
        if keys[-1] in self._folders or not self._files.isdisjoint(keys[:-1]):
            return "is both a file and a folder in the archive"
        self._files.add(keys[-1])
        self._folders.update(keys[:-1])
        return ""


def folders_of(paths: Mapping[str, bytes]) -> frozenset[str]:
    """Return the folders that files with these relative paths are in."""
    return frozenset(str(parent) for path in paths for parent in PurePosixPath(path).parents if parent.parts)


def _why_too_long(name: str) -> str:
    """Say why a name is not even looked at: putting accents without an end in order takes seconds."""
    if max(map(len, name.split("/"))) > _MOST_NAME_CHARACTERS:
        return NOT_PLAIN
    return _TOO_LONG if len(name) > _MOST_PATH_BYTES else ""


def _why_unsafe(name: str, parts: Sequence[str]) -> str:
    if "\\" in name:
        return "has a name with backslashes"
    if not parts or not all(is_plain_name(part) for part in parts):
        return NOT_PLAIN
    if name.startswith("/"):
        return "has an absolute path"
    if re.match(r"[A-Za-z]:", name):
        return "has a path with a drive letter"
    if ".." in parts:
        return "has a path that leads out of the archive"
    if len(name.encode()) > _MOST_PATH_BYTES:
        return _TOO_LONG
    if len(parts) > MOST_LEVELS:
        return f"is nested more than {MOST_LEVELS} folders deep"
    return ""
