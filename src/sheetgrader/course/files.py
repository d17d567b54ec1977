"""Reading folders: the instructor's as nbgrader does, and those handed in with nothing trusted."""

from __future__ import annotations

import errno
import fnmatch
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from sheetgrader.boundary.plain_text import is_plain_name
from sheetgrader.errors import CourseError, SubmissionError

#: Folders in folders; more is nobody's homework.
MOST_LEVELS: Final = 16
_MOST_NOTES: Final = 20
#: What a list of members or a time takes is much less.
_MOST_SMALL_BYTES: Final = 1 << 17
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: Without O_NONBLOCK, opening a named pipe that was put where a file is expected would wait for ever.
FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class FileLimits:
    """What the files of one submission may be."""

    total_bytes: int
    file_bytes: int
    count: int

    def why_over(self, size: int, *, count: int, total: int) -> str:
        """Return why a file is too much beside ``count`` others of ``total`` bytes, as the end of a sentence; empty
        where it is not.
        """
        if count >= self.count:
            return f"is one too many: a submission may have {self.count} files"
        if size > self.file_bytes:
            return f"has {size_text(size)} where one file may have {size_text(self.file_bytes)}"
        if total + size > self.total_bytes:
            return f"is too much: a submission may have {size_text(self.total_bytes)}"
        return ""


@dataclass(frozen=True)
class HandedIn:
    """What a folder holds that was handed in."""

    #: Regular files by relative path, with forward slashes.
    files: dict[str, bytes]
    #: Relative paths of the folders inside.
    folders: frozenset[str]
    #: One sentence for each thing that was left out.
    notes: tuple[str, ...]


#: Why a name is not plain, as the end of a sentence.
NOT_PLAIN: Final = "has a name with characters that cannot be shown"


def is_ignored(name: str, patterns: Iterable[str]) -> bool:
    """Say whether nbgrader leaves out a file or folder called ``name``; as in a shell, a star matches no
    leading dot.
    """
    return any(
        fnmatch.fnmatchcase(name, pattern) and (pattern.startswith(".") or not name.startswith("."))
        for pattern in patterns
    )


def read_own_folder(folder: Path, ignore: Sequence[str]) -> dict[str, bytes]:
    """Return the instructor's files below ``folder`` by relative path, as nbgrader finds them: links to files are
    followed.

    Raises:
        CourseError: a file cannot be read.
    """
    files = {}
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_ignored(name, ignore))
        for name in sorted(names):
            path = Path(parent, name)
            if is_ignored(name, ignore):
                continue
            try:
                files[path.relative_to(folder).as_posix()] = path.read_bytes()
            except OSError as error:
                raise CourseError(f"{path} cannot be read: {error.strerror}") from None
    return files


def read_handed_in(top: Path, parts: Sequence[str], *, ignore: Sequence[str], limits: FileLimits) -> HandedIn:
    """Return what the folder ``parts`` below ``top`` holds.

    Nothing in it is trusted: links are never followed, only regular files are read, names stay within the folder, and
    what is over a limit is left out with a sentence.

    Raises:
        SubmissionError: the folder itself cannot be read.
    """
    reader = _Reader(ignore, limits)
    try:
        descriptor = _open_below(os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), parts)
    except OSError as error:
        raise SubmissionError(f"{Path(top, *parts)} {_why_no_folder(error)}") from None
    try:
        reader.read(descriptor)
    finally:
        os.close(descriptor)
    return HandedIn(reader.files, frozenset(reader.folders), tuple(reader.notes))


@dataclass
class _Reader:
    ignore: Sequence[str]
    limits: FileLimits
    files: dict[str, bytes] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    total: int = 0

    def read(self, top: int) -> None:
        waiting: list[tuple[str, ...]] = [()]
        while waiting:
            parts = waiting.pop()
            try:
                descriptor = _open_below(os.dup(top), parts)
            except OSError as error:
                self._leave_out("/".join(parts), error.strerror or "cannot be read")
                continue
            try:
                found = self._read_folder(descriptor, parts)
            finally:
                os.close(descriptor)
            waiting += reversed(found)

    def _read_folder(self, descriptor: int, parts: tuple[str, ...]) -> list[tuple[str, ...]]:
        with os.scandir(descriptor) as entries:
            kinds = {entry.name: (entry.is_dir(follow_symlinks=False), entry.is_symlink()) for entry in entries}
        folders = []
        for name, (is_folder, is_link) in sorted(kinds.items()):
            path = "/".join((*parts, name))
            if not is_plain_name(name):
                self._leave_out(path, NOT_PLAIN)
            elif is_ignored(name, self.ignore):
                continue
            elif is_link:
                self._leave_out(path, "is a symbolic link")
            elif not is_folder:
                self._read_file(descriptor, name, path)
            elif len(parts) + 1 >= MOST_LEVELS:
                self._leave_out(path, f"is nested more than {MOST_LEVELS} folders deep")
            else:
                self.folders.add(path)
                folders.append((*parts, name))
        return folders

    def _read_file(self, folder: int, name: str, path: str) -> None:
        if over := self.limits.why_over(0, count=len(self.files), total=self.total):
            self._leave_out(path, over)
            return
        try:
            descriptor = os.open(name, FILE_FLAGS, dir_fd=folder)
        except OSError as error:
            self._leave_out(path, f"cannot be read: {error.strerror}")
            return
        # The file is open already: opening it again by its path could meet a link.
        with open(descriptor, "rb") as file:  # noqa: PTH123
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                self._leave_out(path, "is no regular file")
            elif over := self.limits.why_over(status.st_size, count=len(self.files), total=self.total):
                self._leave_out(path, over)
            else:
                content = file.read(status.st_size)
                self.total += len(content)
                self.files[path] = content

    def _leave_out(self, path: str, why: str) -> None:
        leave_out(self.notes, path, why)


def leave_out(notes: list[str], path: str, why: str) -> None:
    """Add the sentence that ``path`` was left out and why; a thousand links make no thousand sentences."""
    if len(notes) < _MOST_NOTES:
        shown = path if path.isprintable() else path.encode("unicode_escape").decode()
        notes.append(f"{shown[:200]} {why}; it was left out.")


def overlay(handed_in: dict[str, bytes], own: dict[str, bytes]) -> dict[str, bytes]:
    """Return the group's files with the instructor's put over them; what stands in the way of an instructor's file
    goes.
    """
    own_folders = {str(parent) for path in own for parent in PurePosixPath(path).parents}
    kept = {
        path: content
        for path, content in handed_in.items()
        if path not in own_folders and not any(str(parent) in own for parent in PurePosixPath(path).parents)
    }
    return {**kept, **own}


def _open_below(descriptor: int, parts: Sequence[str]) -> int:
    """Return a descriptor of the folder ``parts`` below ``descriptor``, which is closed; no link is followed."""
    for part in parts:
        try:
            inner = os.open(part, _FOLDER_FLAGS, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = inner
    return descriptor


def _why_no_folder(error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return "does not exist"
    if error.errno in {errno.ELOOP, errno.ENOTDIR}:
        return "is no folder, or is reached by a symbolic link; put a plain folder there"
    return f"cannot be read: {error.strerror}"


def size_text(count: int) -> str:
    """Return a number of bytes as people write it."""
    return f"{count / (1 << 20):.3g} MiB" if count >= 1 << 20 else f"{count / 1024:.3g} KiB"


def read_small_file(path: Path) -> bytes:
    """Return what a plain file beside a group's own holds, of which nobody knows who put it there.

    Raises:
        OSError: there is none, or it is larger than a list of members or a time is.
    """
    with open(os.open(path, FILE_FLAGS), "rb") as file:  # noqa: PTH123 # pathlib would follow a link
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MOST_SMALL_BYTES:
            raise OSError(errno.EINVAL, "no small file", str(path))
        return file.read(_MOST_SMALL_BYTES)


def read_plain_file(path: Path) -> bytes:
    """Return what a file of the course's own holds, in the place of which something else may lie.

    Raises:
        OSError: it cannot be read, or is no file.
    """
    with open(os.open(path, FILE_FLAGS & ~os.O_NOFOLLOW), "rb") as file:  # noqa: PTH123
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no plain file", str(path))
        return file.read()
