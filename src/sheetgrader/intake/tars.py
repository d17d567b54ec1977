"""Tar archives, plain or compressed.

The standard library decompresses and reads each header. The way from header to header is gone here: its own can be sent
in circles and through searches that take for ever, in versions of Python that are in use, and follows extensions that
nobody needs to hand in homework.
"""

from __future__ import annotations

import bz2
import lzma
import re
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import BinaryIO, Final

from sheetgrader.course.files import size_text
from sheetgrader.errors import SubmissionError
from sheetgrader.intake.entries import MOST_ENTRIES, MOST_RATIO, SMALL_BYTES, Archive, Contents, Entry

_BLOCK: Final = 512
_CHUNK: Final = 1 << 20
#: Longer names and attributes are not meant well.
_MOST_HEADER_BYTES: Final = 1 << 16
#: What ``xz -9`` needs is 65 MiB.
_XZ_MEMORY: Final = 128 << 20
_ATTRIBUTE_LENGTH: Final = re.compile(rb"(\d{1,6}) ")
_BROKEN: Final = (OSError, EOFError, zlib.error, lzma.LZMAError)
_TRUNCATED: Final = "it is truncated"
_WITHOUT_CONTENT: Final = {
    tarfile.LNKTYPE: "is a hard link",
    tarfile.SYMTYPE: "is a symbolic link",
    tarfile.CHRTYPE: "is a device",
    tarfile.BLKTYPE: "is a device",
    tarfile.FIFOTYPE: "is a named pipe",
}


def open_tar(file: BinaryIO, name: str, ignore: Sequence[str], *, most_bytes: int) -> Archive:
    """Return what a tar holds that has at most ``most_bytes`` when it is decompressed; all of it is kept in memory.

    Raises:
        SubmissionError: it is no tar, a damaged one, or one made to do harm.
    """
    data, complete = _decompressed(file, name, most_bytes)
    contents = Contents(ignore)
    position, number = 0, 0
    attributes: dict[str, str] = {}
    while header := data[position : position + _BLOCK].tobytes():
        if not any(header):
            return contents.archive()
        number += 1
        if number > MOST_ENTRIES:
            raise SubmissionError(f"{name} holds more than {MOST_ENTRIES:,} files; it was not opened")
        try:
            info = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        except tarfile.HeaderError:
            if number == 1:
                raise SubmissionError(
                    f"{name} is neither a zip nor a tar, or is damaged; have it handed in again"
                ) from None
            break
        start = position + _BLOCK
        size = 0 if info.isdir() or info.type in _WITHOUT_CONTENT else info.size
        if not 0 <= size <= len(data) - start:
            break
        content = data[start : start + size]
        position = start + -(-size // _BLOCK) * _BLOCK
        if info.type in {tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME}:
            if size > _MOST_HEADER_BYTES:
                break
            attributes |= _attributes(info.type, content.tobytes())
        elif info.type not in {tarfile.XGLTYPE, tarfile.GNUTYPE_LONGLINK}:
            if not info.isdir():
                contents.add(
                    attributes.get("path", info.name),
                    _why_refused(info, attributes) or Entry(size, _time(info), content.tobytes),
                )
            attributes = {}
    else:
        if not number:
            raise SubmissionError(f"{name} is empty; have it handed in again")
        if complete:
            # Some programs write no mark of the end.
            return contents.archive()
    contents.note(f"{name} is damaged or truncated; what follows there is missing.")
    return contents.archive()


def _why_refused(info: tarfile.TarInfo, attributes: dict[str, str]) -> str:
    if info.type in _WITHOUT_CONTENT:
        return _WITHOUT_CONTENT[info.type]
    is_plain_file = info.type in tarfile.REGULAR_TYPES and info.type != tarfile.GNUTYPE_SPARSE
    if not is_plain_file or any(name == "size" or "sparse" in name for name in attributes):
        return "is stored in a way that is not read here"
    return ""


def _attributes(kind: bytes, content: bytes) -> dict[str, str]:
    """Return what the headers say that extend the one of the next file: its whole name, above all."""
    if kind == tarfile.GNUTYPE_LONGNAME:
        return {"path": content.split(b"\0")[0].decode("utf-8", "surrogateescape")}
    found, position = {}, 0
    # Each is written as "length key=value\n", its length including itself.
    while match := _ATTRIBUTE_LENGTH.match(content, position):
        end = position + int(match[1])
        if not match.end() < end <= len(content):
            break
        key, _, value = content[match.end() : end - 1].partition(b"=")
        found[key.decode("utf-8", "surrogateescape")] = value.decode("utf-8", "surrogateescape")
        position = end
    return found


def _time(info: tarfile.TarInfo) -> datetime | None:
    try:
        return datetime.fromtimestamp(info.mtime, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _decompressed(file: BinaryIO, name: str, most_bytes: int) -> tuple[memoryview, bool]:
    """Return the tar inside and whether it is there to its end."""
    packed_bytes = file.seek(0, 2)
    file.seek(0)
    magic = file.read(6)
    file.seek(0)
    chunks = _plain(file)
    if magic.startswith(b"\x1f\x8b"):
        chunks = _inflated(file)
    elif magic.startswith(b"BZh"):
        chunks = _expanded(file, bz2.BZ2Decompressor())
    elif magic == b"\xfd7zXZ\0":
        chunks = _expanded(file, lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY))
    most = min(most_bytes, max(SMALL_BYTES, MOST_RATIO * packed_bytes))
    data, complete = bytearray(), False
    try:
        for chunk in chunks:
            data += chunk
            if len(data) > most:
                raise SubmissionError(f"{name} would become larger than {size_text(most)}; it was not opened")
        complete = True
    except _BROKEN as error:
        if not data:
            raise SubmissionError(f"{name} cannot be decompressed ({error}); have it handed in again") from None
    return memoryview(data), complete


def _plain(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def _inflated(file: BinaryIO) -> Iterator[bytes]:
    decompressor = zlib.decompressobj(zlib.MAX_WBITS + 16)
    while not decompressor.eof:
        packed = decompressor.unconsumed_tail or file.read(_CHUNK)
        if not packed:
            yield decompressor.flush()
            raise EOFError(_TRUNCATED)
        yield decompressor.decompress(packed, _CHUNK)


def _expanded(file: BinaryIO, decompressor: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> Iterator[bytes]:
    while not decompressor.eof:
        packed = file.read(_CHUNK) if decompressor.needs_input else b""
        if not packed and decompressor.needs_input:
            raise EOFError(_TRUNCATED)
        yield decompressor.decompress(packed, _CHUNK)
