"""Whatever an archive holds, what comes out of it are bounded bytes under plain relative paths."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import random
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetgrader.course.files import FileLimits, HandedIn
from sheetgrader.errors import SubmissionError
from sheetgrader.intake.archives import is_archive, read_archive, without_ending

from .hostile_archives import HOSTILE, Hostile, nested_zip, tar_of, zip_of

LIMITS = FileLimits(total_bytes=16 << 20, file_bytes=12 << 20, count=100)
TIGHT = FileLimits(total_bytes=3000, file_bytes=2000, count=5)
GOOD = {"sheet.ipynb": b"{}", "data/points.csv": b"1,2\n" * 100}

PACKERS: dict[str, Callable[[Mapping[str, bytes]], bytes]] = {
    "zip": zip_of,
    "stored zip": lambda files: zip_of(files, zipfile.ZIP_STORED),
    "tar": tar_of,
    "old tar": lambda files: tar_of(files).rstrip(b"\0") + bytes(512),
    "tar.gz": lambda files: gzip.compress(tar_of(files)),
    "tar.bz2": lambda files: bz2.compress(tar_of(files)),
    "tar.xz": lambda files: lzma.compress(tar_of(files)),
}


def read(content: bytes, limits: FileLimits = LIMITS, name: str = "handed-in.zip") -> HandedIn:
    return read_archive(content, name, ignore=["*.pyc"], limits=limits)


def assert_harmless(found: HandedIn, limits: FileLimits) -> None:
    """What came out can be written below a folder, on any file system, and is no more than was allowed."""
    assert len(found.files) <= limits.count
    assert sum(map(len, found.files.values())) <= limits.total_bytes
    assert all(len(content) <= limits.file_bytes for content in found.files.values())
    for path in found.files:
        assert os.path.normpath(path) == path
        assert not PurePosixPath(path).is_absolute()
        assert ".." not in PurePosixPath(path).parts
        assert path.isprintable()
        assert "\\" not in path
        assert all(len(part.encode()) <= 255 for part in path.split("/"))
    assert len({unicodedata.normalize("NFC", path).casefold() for path in found.files}) == len(found.files)
    assert not any(parent in found.files for path in found.files for parent in map(str, PurePosixPath(path).parents))
    assert len(found.notes) <= 25
    assert all(note.isprintable() and note.endswith(".") for note in found.notes)


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_plain_archives_come_out_as_they_went_in(pack: Callable[[Mapping[str, bytes]], bytes]) -> None:
    found = read(pack(GOOD))
    assert found.files == GOOD
    assert found.folders == {"data"}
    assert found.notes == ()


@pytest.mark.parametrize("attack", HOSTILE, ids=str)
def test_attack_is_refused_or_left_out_with_a_sentence(attack: Hostile) -> None:
    content = attack.build(GOOD)
    if attack.refused:
        with pytest.raises(SubmissionError, match=attack.sentence):
            read(content, name=f"group{attack.ending}")
        return
    found = read(content, name=f"group{attack.ending}")
    assert_harmless(found, LIMITS)
    (note,) = found.notes
    assert attack.sentence in note
    # What is good beside the attack is kept.
    assert not found.files or GOOD.items() <= found.files.items()


@pytest.mark.parametrize(
    ("pack", "name", "sentence"),
    [
        ("zip", "{}" + "\u0301\u0316" * 16_000, "cannot be shown"),
        ("tar", "data/{}" + "\u0316\u0301" * 8_000 + "/x", "cannot be shown"),
        ("zip", "{}/" + "a/" * 30_000 + "x", "more than 1,000 bytes"),
        ("zip", "{}" + "/" * 60_000 + "x", "more than 1,000 bytes"),
        ("tar", "{}" + ".\u0316" * 8_000, "cannot be shown"),
    ],
    ids=["accents", "accents in a tar", "folders", "slashes", "dots with accents"],
)
def test_names_without_an_end_cost_no_time(pack: str, name: str, sentence: str) -> None:
    # Putting the accents of one in order takes seconds; of all of them, hours.
    found = read(PACKERS[pack]({**GOOD, **{name.format(number): b"x" for number in range(500)}}))
    assert found.files == GOOD
    assert len(found.notes) == 20
    assert all(sentence in note and len(note) < 300 for note in found.notes)


def test_accents_that_systems_take_apart_are_put_together() -> None:
    name = "u\u0308" * 120 + ".txt"
    assert set(read(zip_of({name: b"x"})).files) == {"ü" * 120 + ".txt"}


def test_file_behind_a_link_is_written_nowhere_else() -> None:
    (attack,) = (attack for attack in HOSTILE if attack.name == "symbolic link in a tar")
    assert "odd" not in read(attack.build(GOOD)).files


def test_what_systems_leave_behind_is_passed_over_in_silence() -> None:
    litter = {
        "__MACOSX/._a": b"x",
        "a/.DS_Store": b"x",
        "Thumbs.db": b"x",
        ".ipynb_checkpoints/a.ipynb": b"x",
        "._a": b"x",
        "b.pyc": b"x",
    }
    for pack in PACKERS.values():
        assert read(pack({**GOOD, **litter})) == read(pack(GOOD))


def test_what_is_over_a_limit_is_left_out_with_a_sentence() -> None:
    contents = random.Random(0).randbytes(3000)  # noqa: S311 # repeatable, not secret
    found = read(zip_of({"large": contents, "a": contents[:1500], "b": contents[:1500], "c": b"x"}), TIGHT)
    assert sorted(found.files) == ["a", "b"]
    assert sorted(note.split(";")[0] for note in found.notes) == [
        "c is too much: a submission may have 2.93 KiB",
        "large has 2.93 KiB where one file may have 1.95 KiB",
    ]
    many = read(tar_of({f"{number}": b"" for number in range(9)}), TIGHT)
    assert len(many.files) == 5
    assert "6 is one too many: a submission may have 5 files" in " ".join(many.notes)


def test_archives_inside_archives_stay_files() -> None:
    assert set(read(nested_zip(GOOD, 2)).files) == {"inner.zip"}


def test_large_files_that_deserve_it_are_read() -> None:
    varied = random.Random(1).randbytes(3 << 20)  # noqa: S311 # repeatable, not secret
    for pack in PACKERS.values():
        assert read(pack({"scan.pdf": varied})).files == {"scan.pdf": varied}


NAMES = st.text(st.sampled_from("abAB./ü\\:\u0308~ \n\x00\u202e…é-"), min_size=1, max_size=12)
CONTENTS = st.binary(max_size=600)


@settings(max_examples=200, deadline=None)
@given(members=st.lists(st.tuples(NAMES, CONTENTS), max_size=12), packer=st.sampled_from(["zip", "tar"]))
def test_whatever_files_are_called_they_lie_inside_and_are_bounded(
    members: list[tuple[str, bytes]], packer: str
) -> None:
    files = {name: content for name, content in members if "\0" not in name or packer == "tar"}
    assert_harmless(read(PACKERS[packer](files), TIGHT), TIGHT)


PLAIN_PARTS = st.text(st.characters(categories=["L", "N"], exclude_characters="\\/"), min_size=1, max_size=40)
PLAIN_PATHS = st.lists(PLAIN_PARTS, min_size=1, max_size=4).map("/".join)


def _distinct(files: Mapping[str, bytes]) -> bool:
    paths = [unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold()) for path in files]
    return len(set(paths)) == len(paths) and not any(other.startswith(f"{path}/") for path in paths for other in paths)


@settings(max_examples=100, deadline=None)
@given(
    files=st.dictionaries(PLAIN_PATHS, CONTENTS, max_size=8).filter(_distinct),
    pack=st.sampled_from(list(PACKERS.values())),
)
def test_harmless_archives_lose_nothing(files: dict[str, bytes], pack: Callable[[Mapping[str, bytes]], bytes]) -> None:
    files = {path: content for path, content in files.items() if not path.endswith("pyc")}
    found = read(pack(files))
    assert found.files == {unicodedata.normalize("NFC", path): content for path, content in files.items()}
    assert found.notes == ()


@settings(max_examples=300, deadline=None)
@given(
    start=st.sampled_from([pack(GOOD) for pack in PACKERS.values()]),
    changes=st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=8)), max_size=6),
    cut=st.integers(0, 20000),
)
def test_damaged_archives_are_told_in_a_sentence(start: bytes, changes: list[tuple[int, bytes]], cut: int) -> None:
    data = bytearray(start)
    for position, new in changes:
        data[position % len(data) : position % len(data) + len(new)] = new
    try:
        found = read(bytes(data[:cut] if cut < len(data) else data), TIGHT)
    except SubmissionError as error:
        told = str(error)
    else:
        assert_harmless(found, TIGHT)
        told = ""
    assert told.isprintable()


@pytest.mark.parametrize(
    ("name", "archive", "stem"),
    [
        ("a.zip", True, "a"),
        ("A.TAR.GZ", True, "A"),
        ("a.b.tgz", True, "a.b"),
        ("a.rar", True, "a"),
        ("sheet.ipynb", False, "sheet"),
        ("zip", False, "zip"),
    ],
)
def test_archives_are_known_by_their_ending(name: str, archive: bool, stem: str) -> None:
    assert is_archive(name) is archive
    assert without_ending(name) == stem
