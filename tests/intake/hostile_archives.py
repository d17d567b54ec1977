"""Archives as attackers hand them in, named by what they do; each holds ``good`` files too, as far as it can."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

Files = Mapping[str, bytes]


def zip_of(files: Files, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Pack a plain zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2023, 12, 14, 12, 0, 0)), content, compression)
    return buffer.getvalue()


def timed_zip_of(files: Mapping[str, tuple[bytes, datetime]]) -> bytes:
    """Pack a zip of files that were handed in at these moments."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, (content, time) in files.items():
            archive.writestr(zipfile.ZipInfo(name, time.timetuple()[:6]), content)
    return buffer.getvalue()


def tar_of(files: Files, mode: str = "w", *extra: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """Pack a tar; ``mode`` as :mod:`tarfile` has it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            archive.addfile(_tar_entry(name, size=len(content)), io.BytesIO(content))
        for info, content in extra:
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@dataclass(frozen=True)
class Hostile:
    """One attack."""

    name: str
    ending: str
    #: Packs it around ``good`` files.
    build: Callable[[Files], bytes]
    #: What people are told.
    sentence: str
    #: Nothing of it is read at all.
    refused: bool = False

    def __str__(self) -> str:
        return self.name


def _tar_entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size, info.mtime = kind, link, size, 1702555200
    return info


def _zip_with_name(name: str) -> Callable[[Files], bytes]:
    return lambda good: zip_of({**good, name: b"x"})


def _tar_with_name(name: str) -> Callable[[Files], bytes]:
    return lambda good: tar_of({**good, name: b"x"})


def _tar_with(kind: bytes, link: str = "") -> Callable[[Files], bytes]:
    return lambda good: tar_of(good, "w", (_tar_entry("odd", kind, link), b""))


def _zip_with_mode(mode: int) -> Callable[[Files], bytes]:
    def build(good: Files) -> bytes:
        buffer = io.BytesIO(zip_of(good))
        with zipfile.ZipFile(buffer, "a") as archive:
            info = zipfile.ZipInfo("odd")
            info.external_attr = mode << 16
            archive.writestr(info, "/etc/passwd")
        return buffer.getvalue()

    return build


def _zip_with_two(first: str, second: str) -> Callable[[Files], bytes]:
    def build(good: Files) -> bytes:
        placeholder = "~" * len(second.encode())
        return zip_of({**good, first: b"1", placeholder: b"2"}).replace(placeholder.encode(), second.encode())

    return build


def _in_table(archive: bytes, name: bytes, offset: int, value: bytes) -> bytes:
    """Change a field of the last file in a zip's table of contents, given by its offset in the entry."""
    entry = archive.rindex(b"PK\x01\x02", 0, archive.rindex(name))
    return archive[: entry + offset] + value + archive[entry + offset + len(value) :]


def _zip_with_field(offset: int, value: bytes, content: bytes = b"x" * 1000) -> Callable[[Files], bytes]:
    return lambda good: _in_table(zip_of({**good, "odd": content}), b"odd", offset, value)


def _truncated(pack: Callable[[Files], bytes], share: float) -> Callable[[Files], bytes]:
    def build(good: Files) -> bytes:
        whole = pack({**good, "odd": bytes(range(256)) * 4000})
        return whole[: int(len(whole) * share)]

    return build


def _with_damaged_byte(good: Files) -> bytes:
    content = b"a text that is stored as it is"
    return zip_of({**good, "odd": content}, zipfile.ZIP_STORED).replace(content, content.upper())


def _zip_of_overlapping_files(good: Files) -> bytes:
    """Many entries of the table share one file: a small zip becomes as large as it likes."""
    archive = zip_of({**good, "odd": bytes(1 << 20)})
    table = archive.index(b"PK\x01\x02")
    end = archive.rindex(b"PK\x05\x06")
    entry = archive[archive.rindex(b"PK\x01\x02", 0, end) : end]
    entries = archive[table:end] + b"".join(entry[:46] + b"%03d" % number for number in range(500))
    count = len(good) + 501
    return (
        archive[:table] + entries + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(entries), table, 0)
    )


def _zip64_with_endless_size(good: Files) -> bytes:
    """The size stands in an extension of the entry, and is larger than any disk."""
    archive = zip_of({**good, "odd": b"x" * 1000})
    end = archive.rindex(b"PK\x05\x06")
    entry = archive.rindex(b"PK\x01\x02", 0, end)
    extension = struct.pack("<HHQQ", 1, 16, 1 << 60, 1 << 60)
    changed = bytearray(archive[entry:end])
    changed[20:28] = b"\xff" * 8
    changed[30:32] = struct.pack("<H", len(extension))
    table = archive.index(b"PK\x01\x02")
    entries = archive[table:entry] + bytes(changed) + extension
    count = len(good) + 1
    return (
        archive[:table] + entries + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(entries), table, 0)
    )


def nested_zip(files: Files, levels: int) -> bytes:
    """Pack a zip that holds a zip, and so on: ``levels`` of them around the one with the files."""
    content = zip_of(files)
    for _ in range(levels):
        content = zip_of({"inner.zip": content})
    return content


def _tar_with_negative_size(good: Files) -> bytes:
    """A size below zero sends a reader that adds it up back to where it came from."""
    header = bytearray(_tar_entry("odd").tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\xff" * 10 + struct.pack(">h", -512)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return tar_of(good).rstrip(b"\0") + bytes(-len(tar_of(good).rstrip(b"\0")) % 512) + bytes(header) * 2


def _tar_with_slow_attributes(good: Files) -> bytes:
    """Digits without an end keep some readers of attributes busy for hours."""
    return tar_of(
        good, "w", (_tar_entry("attributes", tarfile.XHDTYPE, size=1 << 20), b"1" * (1 << 20)), (_tar_entry("odd"), b"")
    )


def _tar_with_sparse_size(good: Files) -> bytes:
    """A few bytes that stand for a file of gigabytes."""
    attributes = b"29 GNU.sparse.realsize=999999\n22 GNU.sparse.major=1\n"
    return tar_of(
        good,
        "w",
        (_tar_entry("attributes", tarfile.XHDTYPE, size=len(attributes)), attributes),
        (_tar_entry("odd", size=1), b"x"),
    )


def _xz_with_huge_dictionary(good: Files) -> bytes:
    """Whoever decompresses it first reserves a gigabyte and a half."""
    return lzma.compress(
        tar_of(good), filters=[{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": (1 << 30) + (1 << 29)}]
    )


def _crowded(good: Files) -> bytes:
    """Nothing but names, more than anybody has files."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    entries = entry * 100_001
    return zip_of(good)[:4] + entries + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(entries), 4, 0)


HOSTILE: tuple[Hostile, ...] = (
    Hostile("climbs out of a zip", ".zip", _zip_with_name("../../evil.py"), "leads out of the archive"),
    Hostile("climbs out of a folder", ".zip", _zip_with_name("data/../../evil.py"), "leads out of the archive"),
    Hostile("absolute path in a zip", ".zip", _zip_with_name("/etc/cron.d/evil"), "has an absolute path"),
    Hostile("drive letter", ".zip", _zip_with_name("C:/evil.py"), "drive letter"),
    Hostile("backslashes", ".zip", _zip_with_name("..\\..\\evil.py"), "backslashes"),
    Hostile("climbs out of a tar", ".tar", _tar_with_name("../evil.py"), "leads out of the archive"),
    # Never written.
    Hostile("absolute path in a tar", ".tar", _tar_with_name("/tmp/evil.py"), "has an absolute path"),  # noqa: S108
    Hostile("name that writes backwards", ".zip", _zip_with_name("evil\u202egnp.py"), "cannot be shown"),
    Hostile("name with a line break", ".tar", _tar_with_name("a\n  .py"), "cannot be shown"),
    Hostile("name with escape sequences", ".zip", _zip_with_name("\x1b[2Jevil.py"), "cannot be shown"),
    Hostile("name longer than any disk takes", ".zip", _zip_with_name("n" * 5000), "cannot be shown"),
    Hostile("name without an end", ".zip", _zip_with_name("a/" * 40 + "evil.py"), "folders deep"),
    Hostile(
        "path longer than any system takes",
        ".tar",
        _tar_with_name(f"{'n' * 190}/" * 15 + "evil.py"),
        "more than 1,000 bytes",
    ),
    Hostile("symbolic link in a zip", ".zip", _zip_with_mode(stat.S_IFLNK | 0o777), "is a symbolic link"),
    Hostile("device in a zip", ".zip", _zip_with_mode(stat.S_IFCHR | 0o666), "is no regular file"),
    Hostile("symbolic link in a tar", ".tar", _tar_with(tarfile.SYMTYPE, "/etc"), "is a symbolic link"),
    Hostile("hard link in a tar", ".tar", _tar_with(tarfile.LNKTYPE, "/etc/passwd"), "is a hard link"),
    Hostile("device in a tar", ".tar", _tar_with(tarfile.CHRTYPE), "is a device"),
    Hostile("named pipe in a tar", ".tar", _tar_with(tarfile.FIFOTYPE), "is a named pipe"),
    Hostile("same name twice", ".zip", _zip_with_two("data.csv", "data.csv"), "has the same name"),
    Hostile("same name in capitals", ".zip", _zip_with_two("data.csv", "DATA.CSV"), "has the same name"),
    Hostile(
        "same name in another Unicode form",
        ".tar",
        lambda good: tar_of({**good, "\u00fc.txt": b"1", "u\u0308.txt": b"2"}),
        "has the same name",
    ),
    Hostile(
        "file and folder in one",
        ".zip",
        lambda good: zip_of({**good, "data": b"1", "data/x": b"2"}),
        "both a file and a folder",
    ),
    Hostile("encrypted", ".zip", _zip_with_field(8, struct.pack("<H", 1)), "is encrypted"),
    Hostile("unknown compression", ".zip", _zip_with_field(10, struct.pack("<H", 99)), "compressed in a way"),
    Hostile(
        "smaller than it is", ".zip", _zip_with_field(24, struct.pack("<L", 10)), "is not as large as the archive says"
    ),
    Hostile(
        "larger than it is", ".zip", _zip_with_field(24, struct.pack("<L", 2000)), "is not as large as the archive says"
    ),
    Hostile(
        "elsewhere than it is",
        ".zip",
        _zip_with_field(42, struct.pack("<L", 0x7FFFFFFF)),
        "is not where the archive says",
    ),
    Hostile("damaged byte", ".zip", _with_damaged_byte, "is damaged"),
    Hostile("zip cut off", ".zip", _truncated(zip_of, 0.6), "damaged or truncated", refused=True),
    Hostile("tar cut off", ".tar", _truncated(tar_of, 0.9), "damaged or truncated"),
    Hostile(
        "compressed tar cut off",
        ".tar.gz",
        _truncated(lambda files: gzip.compress(tar_of(files)), 0.9),
        "damaged or truncated",
    ),
    Hostile("bomb of zeros in a zip", ".zip", lambda good: zip_of({**good, "odd": bytes(8 << 20)}), "times larger"),
    Hostile(
        "bomb of zeros in a tar",
        ".tar.gz",
        lambda good: gzip.compress(tar_of({**good, "odd": bytes(64 << 20)})),
        "become larger",
        refused=True,
    ),
    Hostile(
        "bomb in bzip2",
        ".tar.bz2",
        lambda good: bz2.compress(tar_of({**good, "odd": bytes(64 << 20)})),
        "become larger",
        refused=True,
    ),
    Hostile(
        "bomb in xz",
        ".tar.xz",
        lambda good: lzma.compress(tar_of({**good, "odd": bytes(64 << 20)})),
        "become larger",
        refused=True,
    ),
    Hostile(
        "dictionary larger than memory", ".tar.xz", _xz_with_huge_dictionary, "cannot be decompressed", refused=True
    ),
    Hostile("files lying over each other", ".zip", _zip_of_overlapping_files, "lie over each other", refused=True),
    Hostile("endless by an extension of zip", ".zip", _zip64_with_endless_size, "where one file may have"),
    Hostile("circle in a tar", ".tar", _tar_with_negative_size, "damaged or truncated"),
    Hostile("attributes that take for ever", ".tar", _tar_with_slow_attributes, "damaged or truncated"),
    Hostile("sparse file", ".tar", _tar_with_sparse_size, "not read here"),
    Hostile("crowd of names", ".zip", _crowded, "holds more than 100,000 files", refused=True),
    Hostile(
        "another kind of archive",
        ".rar",
        lambda _: b"Rar!\x1a\x07\x01\x00",
        "of a kind that is not read here",
        refused=True,
    ),
    Hostile("no archive at all", ".zip", lambda _: b"not a zip " * 100, "is neither a zip nor a tar", refused=True),
    Hostile("nothing at all", ".zip", lambda _: b"", "is empty", refused=True),
    Hostile("garbage in gzip", ".tar.gz", lambda _: b"\x1f\x8b" + bytes(100), "cannot be decompressed", refused=True),
)
