import os
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.course.files import FileLimits, is_ignored, overlay, read_handed_in
from sheetgrader.errors import SubmissionError

ROOM = FileLimits(total_bytes=1000, file_bytes=600, count=50)
IGNORED = [".ipynb_checkpoints", "*.pyc", "__pycache__"]


def read(folder: Path, limits: FileLimits = ROOM):
    return read_handed_in(folder.parent, [folder.name], ignore=IGNORED, limits=limits)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "group"
    (folder / "data/deep").mkdir(parents=True)
    (folder / "a.py").write_bytes(b"x = 1\n")
    (folder / "data/deep/b.csv").write_bytes(b"1,2\n")
    return folder


def test_regular_files_are_read_with_their_folders(folder):
    found = read(folder)
    assert found.files == {"a.py": b"x = 1\n", "data/deep/b.csv": b"1,2\n"}
    assert found.folders == {"data", "data/deep"}
    assert found.notes == ()


def test_what_nbgrader_ignores_is_passed_over_in_silence(folder):
    for path in ("__pycache__/a.cpython.pyc", ".ipynb_checkpoints/a.ipynb", "a.pyc"):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(b"x")
    assert read(folder) == read(folder)
    assert set(read(folder).files) == {"a.py", "data/deep/b.csv"}


def test_links_are_never_followed(folder, tmp_path):
    (tmp_path / "secret").write_text("key", encoding="utf-8")
    (tmp_path / "private").mkdir()
    (tmp_path / "private/key").write_text("key", encoding="utf-8")
    (folder / "file.txt").symlink_to(tmp_path / "secret")
    (folder / "loop").symlink_to(folder)
    (folder / "folder").symlink_to(tmp_path / "private")
    (folder / "dangling").symlink_to("nowhere")
    found = read(folder)
    assert set(found.files) == {"a.py", "data/deep/b.csv"}
    assert sorted(note.split(" ")[0] for note in found.notes) == ["dangling", "file.txt", "folder", "loop"]
    assert all("is a symbolic link; it was left out" in note for note in found.notes)


def test_a_link_in_place_of_the_folder_itself_is_refused(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(SubmissionError, match="symbolic link; put a plain folder there"):
        read(tmp_path / "link")
    with pytest.raises(SubmissionError, match="symbolic link"):
        read_handed_in(tmp_path, ["link", "data"], ignore=[], limits=ROOM)


def test_a_missing_folder_and_a_file_in_its_place_are_told_apart(folder):
    with pytest.raises(SubmissionError, match="does not exist"):
        read(folder.parent / "nobody")
    with pytest.raises(SubmissionError, match="is no folder"):
        read(folder / "a.py")


def test_a_named_pipe_and_a_socket_do_not_stop_the_reading(folder):
    os.mkfifo(folder / "pipe")
    found = read(folder)
    assert set(found.files) == {"a.py", "data/deep/b.csv"}
    assert found.notes == ("pipe is no regular file; it was left out.",)


def test_what_is_over_a_limit_is_left_out_with_a_sentence(folder):
    (folder / "big.bin").write_bytes(b"x" * 601)
    (folder / "c.bin").write_bytes(b"x" * 600)
    (folder / "d.bin").write_bytes(b"x" * 600)
    found = read(folder)
    assert {"a.py", "c.bin"} <= set(found.files)
    assert found.notes[0].startswith("big.bin has 0.587 KiB where one file may have")
    assert found.notes[1].startswith("d.bin is too much")
    assert sum(map(len, found.files.values())) <= ROOM.total_bytes


def test_too_many_files_make_few_sentences(folder):
    for number in range(200):
        (folder / f"{number:03}.txt").write_bytes(b"")
    found = read(folder)
    assert len(found.files) == ROOM.count
    assert len(found.notes) == 20
    assert "one too many" in found.notes[0]


def test_folders_nested_deeper_than_any_honest_ones_are_left_out(folder):
    deep = folder
    for _ in range(40):
        deep = deep / "d"
        deep.mkdir()
    (deep / "x").write_bytes(b"x")
    found = read(folder)
    assert len(max(found.folders, key=len).split("/")) < 16
    assert any("folders deep" in note for note in found.notes)


@pytest.mark.parametrize("name", [b"new\nline.txt", b"\xff\xfe.txt", b"bell\x07", b"back\\slash"])
def test_names_that_cannot_be_shown_are_left_out(folder, name):
    (Path(os.fsdecode(os.fsencode(folder) + b"/" + name))).write_bytes(b"x")
    found = read(folder)
    assert set(found.files) == {"a.py", "data/deep/b.csv"}
    assert "characters that cannot be shown" in found.notes[0]
    assert found.notes[0].isprintable()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_left_out(folder):
    (folder / "a.py").chmod(0)
    assert "Permission denied" in read(folder).notes[0]


@pytest.mark.parametrize(
    ("name", "ignored"),
    [
        ("a.pyc", True),
        (".a.pyc", False),
        ("__pycache__", True),
        (".ipynb_checkpoints", True),
        ("a.py", False),
        ("A.PYC", False),
    ],
)
def test_names_are_ignored_as_a_shell_would_match_them(name, ignored):
    assert is_ignored(name, IGNORED) is ignored


paths = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join)


@given(st.dictionaries(paths, st.binary(max_size=3)), st.dictionaries(paths, st.binary(max_size=3)))
def test_files_laid_over_others_can_be_written_and_are_the_instructors(handed_in, own):
    own = {
        path: content
        for path, content in own.items()
        if not any(str(parent) in own for parent in PurePosixPath(path).parents)
    }
    handed_in = {
        path: content
        for path, content in handed_in.items()
        if not any(str(parent) in handed_in for parent in PurePosixPath(path).parents)
    }
    both = overlay(handed_in, own)
    assert {path: both[path] for path in own} == own
    assert set(both) <= set(handed_in) | set(own)
    # No path is a folder of another.
    assert not any(str(parent) in both for path in both for parent in PurePosixPath(path).parents)
    # Nothing goes that stands in nobody's way.
    assert all(
        path in both
        for path in handed_in
        if not any(path.startswith(f"{mine}/") or mine.startswith(f"{path}/") for mine in own)
    )
