"""Archives that students hand in, read into memory: nothing is written from here, no link is made or followed, and
memory and time are bounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import BinaryIO, Final

from sheetgrader.course.files import FileLimits, HandedIn
from sheetgrader.errors import SubmissionError
from sheetgrader.intake.entries import Archive
from sheetgrader.intake.tars import open_tar
from sheetgrader.intake.zips import open_zip

#: How the names of archives end that are read here, and of those that are not.
_READ: Final = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_NOT_READ: Final = (".rar", ".7z", ".gz", ".bz2", ".xz", ".zst", ".jar")
#: Headers and padding that a tar has: around each file, and at its end.
_AROUND_A_FILE: Final = 4096
_AT_THE_END: Final = 1 << 16


def is_archive(name: str) -> bool:
    """Say whether a file called ``name`` is an archive, be it one that is read here."""
    return name.lower().endswith(_READ + _NOT_READ)


def without_ending(name: str) -> str:
    """Return the name of an archive or a notebook without its ending."""
    for ending in sorted((*_READ, *_NOT_READ, ".ipynb"), key=len, reverse=True):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name


def open_archive(file: BinaryIO, name: str, *, ignore: Sequence[str], most_bytes: int) -> Archive:
    """Return what an archive holds.

    Args:
        file: the archive, from its beginning; for a zip it has to stay open as long as the result is read.
        name: what to call it in sentences; what it is decides its content.
        ignore: patterns of names that are passed over in silence.
        most_bytes: what a tar may have when it is decompressed, since all of it is kept in memory.

    Raises:
        SubmissionError: it is no archive, a damaged one, or one made to do harm.
    """
    if name.lower().endswith(_NOT_READ) and not name.lower().endswith(_READ):
        raise SubmissionError(f"{name} is an archive of a kind that is not read here; have it handed in as a zip")
    magic = file.read(4)
    file.seek(0)
    if magic in {b"PK\x03\x04", b"PK\x05\x06"}:
        return open_zip(file, name, ignore)
    return open_tar(file, name, ignore, most_bytes=most_bytes)


def read_archive(content: bytes, name: str, *, ignore: Sequence[str], limits: FileLimits) -> HandedIn:
    """Return the files of one submission's archive by relative path.

    Raises:
        SubmissionError: it is no archive, a damaged one, or one made to do harm.
    """
    most_bytes = limits.total_bytes + limits.count * _AROUND_A_FILE + _AT_THE_END
    archive = open_archive(BytesIO(content), name, ignore=ignore, most_bytes=most_bytes)
    found = archive.read(limits=limits)
    return HandedIn(found.files, found.folders, (*archive.notes, *found.notes))
