"""Zip archives: the standard library reads the table of contents, and each file is held against what the table says."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import BinaryIO, Final

from sheetgrader.errors import SubmissionError
from sheetgrader.intake.entries import MOST_ENTRIES, MOST_RATIO, SMALL_BYTES, Archive, Contents, Entry, Unreadable

#: What zipfile raises, besides its own, on tables of contents that nobody would write.
_BROKEN: Final = (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, OSError, EOFError, struct.error)
_IN_THE_TABLE: Final = b"PK\x01\x02"
#: The header in front of each file; its last two fields are the lengths of the name and of what follows it.
_HEADER: Final = struct.Struct("<4s22xHH")
_ENCRYPTED: Final = 0x1
#: What is between the table of contents of a large archive and the record at its end.
_ZIP64_ENDING_BYTES: Final = 76
#: The first moment that a zip can tell; programs that know no time write it.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)


def open_zip(file: BinaryIO, name: str, ignore: Sequence[str]) -> Archive:
    """Return what a zip holds; ``file`` has to stay open as long as it is read.

    Raises:
        SubmissionError: it is no zip, a damaged one, or one made to do harm.
    """
    try:
        if _count(file, _IN_THE_TABLE, *_table_of_contents(file)) > MOST_ENTRIES:
            raise SubmissionError(f"{name} holds more than {MOST_ENTRIES:,} files; it was not opened")
        infos = zipfile.ZipFile(file).infolist()
    except _BROKEN as error:
        raise SubmissionError(
            f"{name} is a damaged or truncated zip ({_one_line(error)}); have it handed in again"
        ) from None
    contents = Contents(ignore)
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        start = _start_of_data(file, info)
        if info.header_offset < end:
            raise SubmissionError(
                f"{name} holds files that lie over each other, as only archives made to do harm do; it was not opened"
            )
        end = (start or info.header_offset) + info.compress_size
        if not info.orig_filename.endswith("/"):
            why = "is not where the archive says" if start is None else _why_refused(info)
            contents.add(
                info.orig_filename, why or Entry(info.file_size, _time(info), partial(_unpack, file, info, start or 0))
            )
    return contents.archive()


def _why_refused(info: zipfile.ZipInfo) -> str:
    # The upper half holds what Unix knows about the file, whatever system the zip claims to come from.
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "is a symbolic link"
    if kind not in {0, stat.S_IFREG}:
        return "is no regular file"
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return "is compressed in a way that is not read here"
    if info.file_size > SMALL_BYTES and info.file_size > MOST_RATIO * info.compress_size:
        return f"would become more than {MOST_RATIO} times larger"
    # Compression makes nothing much larger; bytes without a purpose are not read into memory.
    if info.compress_size > info.file_size + info.file_size // 100 + 1024:
        return "is not as large as the archive says"
    return ""


def _start_of_data(file: BinaryIO, info: zipfile.ZipInfo) -> int | None:
    if info.header_offset < 0:
        return None
    try:
        file.seek(info.header_offset)
        signature, name_length, extra_length = _HEADER.unpack(file.read(_HEADER.size))
    except (struct.error, OSError, ValueError, OverflowError):
        return None
    return info.header_offset + _HEADER.size + name_length + extra_length if signature == b"PK\x03\x04" else None


def _unpack(file: BinaryIO, info: zipfile.ZipInfo, start: int) -> bytes:
    file.seek(start)
    content = file.read(info.compress_size)
    complete = len(content) == info.compress_size
    if info.compress_type == zipfile.ZIP_DEFLATED:
        inflating = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            # One byte more than there should be shows a lie.
            content = inflating.decompress(content, info.file_size + 1)
        except zlib.error:
            raise Unreadable("is damaged") from None
        complete = complete and inflating.eof
    if len(content) > info.file_size or (complete and len(content) != info.file_size):
        raise Unreadable("is not as large as the archive says")
    if not complete or zlib.crc32(content) != info.CRC:
        raise Unreadable("is damaged")
    return content


def _time(info: zipfile.ZipInfo) -> datetime | None:
    if info.date_time == _NO_TIME:
        return None
    try:
        return datetime(*info.date_time)  # a zip does not tell its timezone
    except ValueError:
        return None


def _table_of_contents(file: BinaryIO) -> tuple[int, int]:
    """Return where the table of contents begins and ends: what is before it, students' files, may look like more of it.

    Raises:
        BadZipFile: there is none.
    """
    # zipfile's own way to it, so that what is counted here is what it reads.
    record = zipfile._EndRecData(file)  # type: ignore[attr-defined]
    if not record:
        raise zipfile.BadZipFile("File is not a zip file")
    size, end = record[5], record[9]
    if record[0] == b"PK\x06\x06":
        end -= _ZIP64_ENDING_BYTES
    if size > end:
        raise zipfile.BadZipFile("Bad offset for central directory")
    return end - size, end


def _count(file: BinaryIO, signature: bytes, start: int, end: int) -> int:
    """Count ``signature`` up to a little over the most entries, without reading all of it into memory."""
    found, kept = 0, b""
    file.seek(start)
    while found <= MOST_ENTRIES and (chunk := file.read(min(1 << 20, end - file.tell()))):
        found += (kept + chunk).count(signature)
        kept = (kept + chunk)[1 - len(signature) :]
    return found


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:100] or type(error).__name__
