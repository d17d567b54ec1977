"""From what is on the disk to one delivery a group: folders, archives and LMS exports."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Final, Protocol

from sheetgrader.boundary.plain_text import is_plain_name
from sheetgrader.course.files import (
    FILE_FLAGS,
    FileLimits,
    HandedIn,
    is_ignored,
    leave_out,
    read_handed_in,
)
from sheetgrader.errors import SubmissionError, UsageError
from sheetgrader.intake.archives import is_archive, open_archive, read_archive, without_ending
from sheetgrader.intake.entries import LITTER, MOST_ENTRIES, Archive, Unreadable
from sheetgrader.intake.origins import UNKNOWN, Origin, folder_origin, named_by_lms, origin_of

#: What a tar of a whole class may have; a zip is not kept in memory.
_MOST_TAR_BYTES: Final = 1 << 29
#: Folders inside each other that are looked into: those that a class lies in, and a group's own.
_MOST_LEVELS: Final = 100


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
    #: The sheet's own name.
    sheet: str = ""

    @property
    def common_names(self) -> frozenset[str]:
        """Names that tell no group from another."""
        return frozenset((self.sheet, *(name.removesuffix(".ipynb") for name in self.notebooks)))

    def is_a_groups(self, name: str) -> bool:
        """Say whether a folder or archive called ``name`` is what one group handed in."""
        return self.is_team_name(name) or named_by_lms(name) is not None


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
    #: By names that no group chose.
    origin: Origin = UNKNOWN


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
        alone: whether nothing else was named. Only then it may be an LMS's, with all groups in it: among several there
            may be one by a group that would like to hand in for the others.

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
    outer = name if file is None else without_ending(name)
    is_export = alone and not expected.is_a_groups(outer)
    if file is None:
        return _split(_Folder(path, expected), str(path), name, expected, is_export=is_export)
    time = _changed(status)
    if not is_archive(name):
        if not name.endswith(".ipynb"):
            raise SubmissionError(f"{path} is neither a folder nor an archive nor a notebook; name what was handed in")
        read = partial(_read_notebook, partial(_read_plain_file, path, expected.limits), name)
        origin = origin_of((outer,), expected.common_names)
        return Source((Delivery(str(path), outer, (outer,), time, read, origin=origin),))
    archive = open_archive(file, str(path), ignore=expected.ignore, most_bytes=_MOST_TAR_BYTES)
    found = _split(_Opened(archive, expected), str(path), outer, expected, is_export=is_export)
    if len(found.deliveries) == 1 and not (is_export and any(map(named_by_lms, found.deliveries[0].names))):
        # A group may have packed this archive, and could write any time and any name into it.
        origin = origin_of((outer,), expected.common_names)
        return replace(found, deliveries=(replace(found.deliveries[0], time=time, origin=origin),))
    return found


def _split(tree: _Tree, source: str, name: str, expected: Expected, *, is_export: bool) -> Source:
    """Tell one submission from a folder or archive with one for each group.

    Args:
        tree: what is there.
        source: what to call it in sentences.
        name: its own name.
        expected: what is looked for.
        is_export: whether names inside may be an LMS's. An archive that is none is one submission.
    """
    below, names = "", [name]
    paths = list(tree.times)
    while top := common_folder(paths):
        below += f"{top}/"
        names.append(top)
        paths = [path[len(top) + 1 :] for path in paths]
    is_folder = isinstance(tree, _Folder)
    if not (is_export or is_folder) or _is_one_submission(paths, names, expected, is_folder=is_folder):
        by_lms = [name for name in names if named_by_lms(name)]
        own = [name for name in names if f"{name}.ipynb" not in expected.notebooks] or names
        # A folder is the instructor's, with the group's inside; an archive is the group's, with whatever inside.
        read = partial(_with_notes, partial(tree.read, below), tree.notes)
        origin = origin_of(names if is_export else names[:1], expected.common_names)
        name = (by_lms or own)[-1 if is_folder else 0]
        return Source((Delivery(source, name, tuple(names), _newest(tree, below, paths), read, origin=origin),))
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
            delivery = _delivery_of(tree, source, below, top, inside, expected)
            if not is_export:
                delivery = replace(delivery, origin=folder_origin((name, top), expected.common_names))
            deliveries.append(delivery)
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
        f"{source}: {path}",
        name,
        (name,),
        _newest(tree, below, inside),
        read,
        is_inner_archive=is_inner_archive,
        origin=origin_of((name,), expected.common_names),
    )


def _newest(tree: _Tree, below: str, paths: Sequence[str]) -> datetime | None:
    return max((time for path in paths if (time := tree.times[below + path])), default=None)


def common_folder(paths: Sequence[str]) -> str:
    """Return the folder that all ``paths`` are in, or nothing."""
    tops = {path.partition("/")[0] for path in paths}
    return tops.pop() if len(tops) == 1 and all("/" in path for path in paths) else ""


def _same_beginning(one: Sequence[str], other: Sequence[str]) -> list[str]:
    return [part for part, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))]


def _is_one_submission(paths: Sequence[str], names: Sequence[str], expected: Expected, *, is_folder: bool) -> bool:
    if any(expected.is_a_groups(name) for name in names):
        return True
    # One group may have handed in nothing but a notebook.
    tops = {path.partition("/")[0] for path in paths}
    if sum(expected.is_a_groups(without_ending(top)) for top in tops) > 1:
        return False
    if any(path in expected.notebooks for path in paths):
        return True
    folders = {path.partition("/")[0] for path in paths if "/" in path}
    if any(is_archive(path) and path.count("/") <= 1 for path in paths):
        return False
    if any(expected.is_a_groups(name) for name in folders) or (is_folder and len(folders) > 1):
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
        common: list[str] | None = None
        count = 0
        for path, time in self._files():
            parents = path.split("/")[:-1]
            common = parents if common is None else _same_beginning(common, parents)
            count += 1
            if count <= MOST_ENTRIES:
                self.times[path] = time
        if count > MOST_ENTRIES:
            self.times = self._some_of_each(len(common or ()))
        if len(self.times) > MOST_ENTRIES:
            raise SubmissionError(
                f"{self._path} holds more than {MOST_ENTRIES:,} files; name a folder with submissions only"
            )

    def _some_of_each(self, depth: int) -> dict[str, datetime | None]:
        """Return what may be read of each folder that lies ``depth`` folders deep: one with countless files costs no
        other its place.
        """
        self.refused.clear()
        some: dict[str, dict[str, datetime | None]] = {}
        for path, time in self._files():
            of_one = some.setdefault("/".join(path.split("/")[: depth + 1]), {})
            # The first one stands for those that are not listed.
            key = path if len(of_one) <= self._limits.count else next(iter(of_one))
            of_one[key] = max((each for each in (of_one.get(key), time) if each), default=None)
        return {path: time for of_one in some.values() for path, time in of_one.items()}

    def _files(self) -> Iterator[tuple[str, datetime | None]]:
        """Yield all plain files and when they were last changed."""
        for parent, folders, names in os.walk(self._path, onerror=self._refuse_folder):
            inner_parent = Path(parent).relative_to(self._path)
            folders[:] = sorted(name for name in folders if not is_ignored(name, self._ignore))
            for name in sorted((*names, *folders)):
                if is_ignored(name, self._ignore):
                    continue
                inner = (inner_parent / name).as_posix()
                try:
                    status = Path(parent, name).lstat()
                except OSError as error:
                    self._refuse(inner, f"cannot be read: {error.strerror}")
                    continue
                if stat.S_ISREG(status.st_mode) and is_plain_name(name):
                    yield inner, _changed(status)
                elif not stat.S_ISDIR(status.st_mode):
                    self._refuse(inner, "is no plain file")
            if len(inner_parent.parts) >= _MOST_LEVELS:
                folders.clear()

    def _refuse_folder(self, error: OSError) -> None:
        self._refuse(Path(error.filename).relative_to(self._path).as_posix(), f"cannot be read: {error.strerror}")

    def _refuse(self, path: str, why: str) -> None:
        if len(self.refused) < MOST_ENTRIES:
            self.refused.append((path, why))


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
