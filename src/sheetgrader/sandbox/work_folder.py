"""Files on their way into a sandbox, and out of it.

They go in through a sealed memory file that only the new child reads: whatever passed through the zygote's own memory
would be found in that of later children. They come out through a descriptor of the work folder, past every trick with
links.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import stat
import tarfile
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

from sheetgrader.errors import SubmissionError
from sheetgrader.sandbox import syscalls

_F_ADD_SEALS: Final = 1033
#: No sealing again, no shrinking, no growing, no writing.
_ALL_SEALS: Final = 0b1111
#: That are looked into, whatever they hold.
_MOST_FOLDERS: Final = 1000


def pack(settings: Mapping[str, Any], files: Mapping[str, bytes]) -> int:
    """Return the descriptor of a sealed memory file with ``settings`` and ``files``.

    Raises:
        SubmissionError: a file's name is no relative path that stays in the folder.
    """
    for name in files:
        _check_name(name)
    parcel = os.memfd_create("parcel", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with os.fdopen(os.dup(parcel), "wb") as stream:
            stream.write(json.dumps(settings).encode() + b"\n")
            with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as archive:
                for name, content in files.items():
                    member = tarfile.TarInfo(name)
                    member.size = len(content)
                    archive.addfile(member, io.BytesIO(content))
        fcntl.fcntl(parcel, _F_ADD_SEALS, _ALL_SEALS)
        os.lseek(parcel, 0, os.SEEK_SET)
    except BaseException:
        os.close(parcel)
        raise
    return parcel


class Parcel:
    """What :func:`pack` packed, on the child's side."""

    def __init__(self, descriptor: int) -> None:
        self._stream = os.fdopen(descriptor, "rb")
        self.settings: dict[str, Any] = json.loads(self._stream.readline())

    def unpack(self) -> None:
        """Write the files into the current folder.

        Raises:
            OSError: they do not fit, or their names get into each other's way.
            SubmissionError: a name leads out of the folder.
        """
        with self._stream, tarfile.open(fileobj=self._stream, mode="r|") as archive:
            for member in archive:
                _check_name(member.name)
                content = archive.extractfile(member) if member.isreg() else None
                if content is None:
                    raise SubmissionError(f"{member.name}: only plain files can be put into the sandbox")
                path = Path(member.name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.read())


def _check_name(name: str) -> None:
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or ".." in path.parts or "\0" in name:
        raise SubmissionError(f"{name!r}: the name of a submitted file must be a path inside the submission's folder")


def read_file(folder: int, name: str, limit: int) -> bytes:
    """Return the content of the plain file ``name`` in the folder behind the descriptor ``folder``.

    Raises:
        SubmissionError: there is no such file, it is a link or leads through one, it is no plain file, or it has more
            than ``limit`` bytes.
    """
    try:
        descriptor = syscalls.open_beneath(folder, name)
    except (OSError, ValueError):
        # Which of the reasons it was is the student's secret to keep: all of them lose the file.
        raise SubmissionError(
            f"{name!r}: there is no such file in the work folder, or a link stands in its place"
        ) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise SubmissionError(f"{name!r} in the work folder is no plain file")
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise SubmissionError(f"{name!r} in the work folder has more than {limit:,} bytes")
    return content


@dataclass(frozen=True)
class FolderLimits:
    """What may come out of a folder."""

    total_bytes: int = 64 << 20
    files: int = 100
    depth: int = 8


@dataclass(frozen=True)
class FolderContent:
    """What came out of a folder."""

    #: Plain files by their paths relative to the folder.
    files: dict[str, bytes] = field(default_factory=dict)
    #: Why a file or folder was left out, by its path.
    left_out: dict[str, str] = field(default_factory=dict)
    #: There is more than was looked at.
    is_cut: bool = False


def _every(path: PurePosixPath) -> bool:
    del path
    return True


def read_folder(
    folder: int, name: str, limits: FolderLimits, is_wanted: Callable[[PurePosixPath], bool] = _every
) -> FolderContent:
    """Return the plain files below ``name`` in the folder behind the descriptor ``folder`` that are wanted, told by
    their relative paths; empty where there is no such folder.

    Links are left out like everything else that is neither a plain file nor a folder, and so is what is over the
    limits, each with its reason.
    """
    found = FolderContent()
    waiting = deque([PurePosixPath()])
    left = limits.total_bytes
    looked_at = 0
    while waiting:
        place = waiting.popleft()
        looked_at += 1
        if looked_at > _MOST_FOLDERS:
            return replace(found, is_cut=True)
        for entry, is_folder in _entries(folder, str(PurePosixPath(name, place))):
            path = place / entry
            if not is_wanted(path):
                continue
            if len(found.files) + len(found.left_out) >= limits.files:
                return replace(found, is_cut=True)
            if is_folder and len(path.parts) < limits.depth:
                waiting.append(path)
                continue
            try:
                content = read_file(folder, str(PurePosixPath(name, path)), left)
            except SubmissionError as error:
                found.left_out[str(path)] = str(error)
            else:
                left -= len(content)
                found.files[str(path)] = content
    return found


def _entries(folder: int, name: str) -> list[tuple[str, bool]]:
    """Return the names in a folder in order, and which are folders; nothing where there is no such folder."""
    try:
        descriptor = syscalls.open_beneath(folder, name)
    except (OSError, ValueError):
        return []
    try:
        with os.scandir(descriptor) as entries:
            return sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    except NotADirectoryError:
        return []
    finally:
        os.close(descriptor)
