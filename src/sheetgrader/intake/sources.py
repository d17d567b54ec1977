"""From what is on the disk to one delivery a group: folders, archives and LMS exports."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from sheetgrader.course.files import FILE_FLAGS, FileLimits, HandedIn, is_ignored, is_plain, leave_out, read_handed_in
from sheetgrader.errors import SubmissionError, UsageError
from sheetgrader.intake.archives import is_archive, open_archive, read_archive, without_ending
from sheetgrader.intake.entries import LITTER, MOST_ENTRIES, Archive, Unreadable
from sheetgrader.intake.teams import named_by_lms

#: What a tar of a whole class may have; a zip is not kept in memory.
_MOST_TAR_BYTES: Final = 1 << 29


@dataclass(frozen=True)
class Expected:
    """What the deliveries of a sheet look like."""

    #: File names of the sheet's notebooks.
    notebooks: Collection[str]
    ignore: Sequence[str]
    limits: FileLimits
    #: Whether a group may have given an archive this name.
    is_team_name: Callable[[str], bool]
    #: Of the LMS, which writes no timezone into its archives; None for this machine's.
    timezone: tzinfo | None = None


@dataclass(frozen=True)
class Delivery:
    """What one group handed in, not read yet."""

    #: Where it was found, for people.
    source: str
    #: What it is called where nothing tells the group's members.
    name: str
    #: All its names, from the outermost folder or archive to the innermost.
    names: tuple[str, ...]
    time: datetime | None
    read: Callable[[], HandedIn]
    #: It came in an archive by itself, inside which no further one is opened.
    is_inner_archive: bool = False


@dataclass(frozen=True)
class Source:
    """What one path holds."""

    deliveries: tuple[Delivery, ...]
    #: One sentence for each thing that belongs to no delivery.
    notes: tuple[str, ...] = ()


class _Tree(Protocol):
    """Files below a folder or in an archive."""

    @property
    def times(self) -> Mapping[str, datetime | None]:
        """When each file was last changed, by relative path."""

    @property
    def refused(self) -> Sequence[tuple[str, str]]:
        """What is there and is not read, by relative path, and why."""

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence for each thing that cannot belong to a folder inside."""

    def read(self, below: str) -> HandedIn:
        """Return the files below a folder, which is given with its slash."""

    def read_file(self, path: str) -> bytes:
        """Return one file."""


def find_deliveries(path: Path, expected: Expected, opened: ExitStack, *, alone: bool = True) -> Source:
    """Return what ``path`` holds: a folder or an archive of one submission or of a class, or a single notebook.

    Args:
        path: what was named on the command line.
        expected: what is looked for.
        opened: keeps archives open until they are read.
        alone: whether nothing else was named. Only then an archive may be an LMS's, with all groups in it: among
            several there may be one by a group that would like to hand in for the others.

    Raises:
        UsageError: there is no such path.
        SubmissionError: it cannot be read.
    """
    try:
        status = path.stat()
        file = None if stat.S_ISDIR(status.st_mode) else opened.enter_context(path.open("rb"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    name = path.absolute().name
    if file is None:
        return _split(_Folder(path, expected), str(path), name, expected)
    time = _changed(status)
    if not is_archive(name):
        if not name.endswith(".ipynb"):
            raise SubmissionError(f"{path} is neither a folder nor an archive nor a notebook; name what was handed in")
        read = partial(_read_notebook, partial(_read_plain_file, path, expected.limits), name)
        return Source((Delivery(str(path), without_ending(name), (without_ending(name),), time, read),))
    archive = open_archive(file, str(path), ignore=expected.ignore, most_bytes=_MOST_TAR_BYTES)
    found = _split(_Opened(archive, expected), str(path), without_ending(name), expected, is_one=not alone)
    if len(found.deliveries) == 1 and not (alone and any(named_by_lms(name)[0] for name in found.deliveries[0].names)):
        # A group may have packed this archive, and could write any time into it.
        return replace(found, deliveries=(replace(found.deliveries[0], time=time),))
    return found


def _split(tree: _Tree, source: str, name: str, expected: Expected, *, is_one: bool = False) -> Source:
    """Tell one submission from a folder or archive with one for each group, if it is not known which it is."""
    below, names = "", [name]
    paths = list(tree.times)
    while top := common_folder(paths):
        below += f"{top}/"
        names.append(top)
        paths = [path[len(top) + 1 :] for path in paths]
    if is_one or _is_one_submission(paths, names, expected, is_folder=isinstance(tree, _Folder)):
        by_lms = [name for name in names if named_by_lms(name)[0]]
        own = [name for name in names if f"{name}.ipynb" not in expected.notebooks] or names
        # A folder is the instructor's, with the group's inside; an archive is the group's, with whatever inside.
        name = (by_lms or own)[-1 if isinstance(tree, _Folder) else 0]
        read = partial(_with_notes, partial(tree.read, below), tree.notes)
        return Source((Delivery(source, name, tuple(names), _newest(tree, below, paths), read),))
    by_top: dict[str, list[str]] = {}
    for path in paths:
        by_top.setdefault(path.partition("/")[0], []).append(path)
    notes = list(tree.notes)
    for path, why in tree.refused:
        if not path.startswith(below) or path[len(below) :].partition("/")[0] not in by_top:
            leave_out(notes, f"{source}: {path}", why)
    deliveries = []
    for top, inside in by_top.items():
        if inside != [top] or is_archive(top) or top.endswith(".ipynb"):
            deliveries.append(_delivery_of(tree, source, below, top, inside, expected))
        else:
            leave_out(notes, f"{source}: {below}{top}", "belongs to no group")
    return Source(tuple(deliveries), tuple(notes))


def _delivery_of(tree: _Tree, source: str, below: str, top: str, inside: Sequence[str], expected: Expected) -> Delivery:
    """Return what one group handed in of a class: a folder, an archive or a notebook."""
    path, name = below + top, top
    read = partial(tree.read, f"{path}/")
    if inside == [top]:
        name = without_ending(top)
        read_file = partial(tree.read_file, path)
        read = (
            partial(_read_inner, read_file, top, expected)
            if is_archive(top)
            else partial(_read_notebook, read_file, top)
        )
    is_inner_archive = inside == [top] and isinstance(tree, _Opened)
    return Delivery(
        f"{source}: {path}", name, (name,), _newest(tree, below, inside), read, is_inner_archive=is_inner_archive
    )


def _newest(tree: _Tree, below: str, paths: Sequence[str]) -> datetime | None:
    return max((time for path in paths if (time := tree.times[below + path])), default=None)


def common_folder(paths: Sequence[str]) -> str:
    """Return the folder that all ``paths`` are in, or nothing."""
    tops = {path.partition("/")[0] for path in paths}
    return tops.pop() if len(tops) == 1 and all("/" in path for path in paths) else ""


def _is_one_submission(paths: Sequence[str], names: Sequence[str], expected: Expected, *, is_folder: bool) -> bool:
    if any(expected.is_team_name(name) or named_by_lms(name)[0] for name in names) or any(
        path in expected.notebooks for path in paths
    ):
        return True
    folders = {path.partition("/")[0] for path in paths if "/" in path}
    if any(is_archive(path) and path.count("/") <= 1 for path in paths):
        return False
    if any(expected.is_team_name(name) or named_by_lms(name)[0] for name in folders) or (
        is_folder and len(folders) > 1
    ):
        return False
    notebooks = [path for path in paths if path.rpartition("/")[2] in expected.notebooks] or [
        path for path in paths if path.endswith(".ipynb")
    ]
    return len(notebooks) <= 1


def _with_notes(read: Callable[[], HandedIn], notes: Sequence[str]) -> HandedIn:
    found = read()
    return replace(found, notes=(*notes, *found.notes))


def _read_inner(read: Callable[[], bytes], name: str, expected: Expected) -> HandedIn:
    return read_archive(read(), name, ignore=expected.ignore, limits=expected.limits)


def _read_notebook(read: Callable[[], bytes], name: str) -> HandedIn:
    return HandedIn({name: read()}, frozenset(), ())


class _Opened:
    """An archive as a tree."""

    def __init__(self, archive: Archive, expected: Expected) -> None:
        self._archive = archive
        self._limits = expected.limits
        self.times = {path: _with_timezone(entry.time, expected.timezone) for path, entry in archive.entries.items()}
        self.refused = archive.refused
        self.notes = archive.notes

    def read(self, below: str) -> HandedIn:
        return self._archive.read(below, limits=self._limits)

    def read_file(self, path: str) -> bytes:
        entry = self._archive.entries[path]
        if over := self._limits.why_over(entry.size, count=0, total=0):
            raise SubmissionError(f"{path} {over}")
        try:
            return entry.read()
        except Unreadable as error:
            raise SubmissionError(f"{path} {error}") from None


class _Folder:
    """A folder as a tree; links are not followed."""

    def __init__(self, path: Path, expected: Expected) -> None:
        self.times: dict[str, datetime | None] = {}
        self.refused: list[tuple[str, str]] = []
        self.notes = ()
        self._path = path
        self._limits = expected.limits
        self._ignore = (*expected.ignore, *LITTER)
        self._list()

    def read(self, below: str) -> HandedIn:
        return read_handed_in(self._path, below.split("/")[:-1], ignore=self._ignore, limits=self._limits)

    def read_file(self, path: str) -> bytes:
        return _read_plain_file(self._path / path, self._limits)

    def _list(self) -> None:
        for parent, folders, names in os.walk(self._path):
            folders[:] = sorted(name for name in folders if not is_ignored(name, self._ignore))
            for name in sorted((*names, *folders)):
                path = Path(parent, name)
                status = path.lstat()
                inner = path.relative_to(self._path).as_posix()
                if is_ignored(name, self._ignore) or stat.S_ISDIR(status.st_mode):
                    continue
                if stat.S_ISREG(status.st_mode) and is_plain(name):
                    self.times[inner] = _changed(status)
                else:
                    self.refused.append((inner, "is no plain file"))
            if len(self.times) > MOST_ENTRIES:
                raise SubmissionError(
                    f"{self._path} holds more than {MOST_ENTRIES:,} files; name a folder with submissions only"
                )


def _read_plain_file(path: Path, limits: FileLimits) -> bytes:
    """Return what a file holds that was there as a plain one when the folder was listed."""
    try:
        with open(os.open(path, FILE_FLAGS), "rb") as file:  # noqa: PTH123 # pathlib would follow a link
            if over := limits.why_over(os.fstat(file.fileno()).st_size, count=0, total=0):
                raise SubmissionError(f"{path} {over}")
            return file.read(limits.file_bytes)
    except OSError as error:
        raise SubmissionError(f"{path} cannot be read: {error.strerror}") from None


def _changed(status: os.stat_result) -> datetime | None:
    try:
        return _with_timezone(datetime.fromtimestamp(status.st_mtime, UTC), None)
    except (ValueError, OverflowError, OSError):
        return None


def _with_timezone(time: datetime | None, timezone: tzinfo | None) -> datetime | None:
    """Return a time as a moment; None for one that cannot have been."""
    if time is None:
        return None
    try:
        moment = (time if time.tzinfo else time.replace(tzinfo=timezone) if timezone else time.astimezone()).astimezone(
            UTC
        )
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.year > 1980 and moment < datetime.now(UTC) + timedelta(days=1) else None
