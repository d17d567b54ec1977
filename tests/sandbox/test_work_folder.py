from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sheetgrader.errors import SubmissionError
from sheetgrader.sandbox.work_folder import FolderLimits, Parcel, pack, read_folder


def _archive(fill: Callable[[tarfile.TarFile], None]) -> int:
    """Return a parcel that :func:`pack` would not have made."""
    parcel = os.memfd_create("parcel")
    with os.fdopen(os.dup(parcel), "wb") as stream:
        stream.write(b"{}\n")
        with tarfile.open(fileobj=stream, mode="w|") as archive:
            fill(archive)
    os.lseek(parcel, 0, os.SEEK_SET)
    return parcel


_NAME = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=20)
_PATH = st.lists(_NAME, min_size=1, max_size=3).map("/".join)


@given(files=st.dictionaries(_PATH, st.binary(max_size=2000), max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
def test_whatever_is_packed_is_unpacked(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> None:
    names = [Path(name) for name in files]
    clashes = any(".." in name.parts or not name.parts for name in names) or len(set(names)) < len(names)
    clashes |= any(one != other and other.is_relative_to(one) for one in names for other in names)
    folder = tmp_path_factory.mktemp("work")
    before = Path.cwd()
    try:
        parcel = Parcel(pack({"number": 1}, files))
        os.chdir(folder)
        parcel.unpack()
    except (SubmissionError, OSError):
        assert clashes
    else:
        assert parcel.settings == {"number": 1}
        unpacked = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        assert unpacked == dict(zip(names, files.values(), strict=True))
    finally:
        os.chdir(before)


def test_a_parcel_is_sealed() -> None:
    parcel = pack({}, {"file": b"content"})
    with pytest.raises(PermissionError):
        os.write(parcel, b"more")
    with pytest.raises(PermissionError):
        os.ftruncate(parcel, 0)
    os.close(parcel)


@pytest.mark.parametrize("name", ["/absolute", "../above", "a/../../above", ".."])
def test_nothing_is_packed_or_unpacked_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(SubmissionError, match="inside the submission's folder"):
        pack({}, {name: b""})
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SubmissionError, match="inside the submission's folder"):
        Parcel(_archive(lambda archive: archive.addfile(tarfile.TarInfo(name), io.BytesIO()))).unpack()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_only_plain_files_are_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: bytes) -> None:
    def fill(archive: tarfile.TarFile) -> None:
        member = tarfile.TarInfo("member")
        member.type = kind
        member.linkname = "/etc/passwd"
        archive.addfile(member)

    monkeypatch.chdir(tmp_path)
    with pytest.raises(SubmissionError, match="only plain files"):
        Parcel(_archive(fill)).unpack()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield descriptor
    os.close(descriptor)


def test_of_a_folder_only_plain_files_come_out(tmp_path: Path, folder: int) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside/a.txt").write_bytes(b"a")
    (tmp_path / "link").symlink_to("/etc/hostname")
    (tmp_path / "links").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe")
    found = read_folder(folder, ".", FolderLimits())
    assert found.files == {"inside/a.txt": b"a"}
    assert set(found.left_out) == {"link", "links", "pipe"}
    assert not found.is_cut


def test_files_that_are_not_wanted_count_for_nothing(tmp_path: Path, folder: int) -> None:
    for number in range(30):
        (tmp_path / f"{number}.data").write_bytes(b"x" * 100)
    (tmp_path / "result").write_bytes(b"x")
    limits = FolderLimits(total_bytes=10, files=1)
    assert read_folder(folder, ".", limits, lambda path: path.suffix != ".data").files == {"result": b"x"}
    assert read_folder(folder, ".", limits).is_cut


def test_a_flood_of_folders_is_not_looked_into_to_its_end(tmp_path: Path, folder: int) -> None:
    for number in range(1500):
        (tmp_path / str(number)).mkdir()
    assert read_folder(folder, ".", FolderLimits()).is_cut
