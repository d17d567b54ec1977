import os
import stat

import pytest

from sheetgrader.course.staging import recover, swap_in, write_file, write_folder


def content_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    target = tmp_path / "sheet"
    for files in ({"a": b"1", "old": b"1"}, {"a": b"2", "sub/b": b"2"}):
        with swap_in(write_folder(target, files, mode=0o444), target):
            assert content_of(target) == files
        assert content_of(target) == files
    assert names_in(tmp_path) == ["sheet"]
    assert stat.S_IMODE((target / "a").stat().st_mode) == 0o444


@pytest.mark.parametrize("before", [{}, {"a": b"1"}])
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_what_was_there_comes_back_when_the_block_fails(tmp_path, before, error):
    target = tmp_path / "sheet"
    if before:
        write_folder(target, before, mode=0o444).rename(target)
    with pytest.raises(error), swap_in(write_folder(target, {"a": b"2"}, mode=0o444), target):
        raise error
    assert (content_of(target) if before else target.exists()) == (before or False)
    assert names_in(tmp_path) == (["sheet"] if before else [])


@pytest.mark.parametrize("steps", range(4))
def test_a_crash_at_any_step_leaves_the_old_or_the_new_folder(tmp_path, steps, monkeypatch):
    target = tmp_path / "sheet [1]"
    write_folder(target, {"a": b"1"}, mode=0o444).rename(target)
    finished = write_folder(target, {"a": b"2"}, mode=0o444)
    child = os.fork()
    if child == 0:
        left = [steps]
        rename = type(target).rename

        def dying(path, other):
            if not left[0]:
                os._exit(0)
            left[0] -= 1
            return rename(path, other)

        type(target).rename = dying
        with swap_in(finished, target):
            if steps == 2:
                os._exit(0)
        os._exit(0)
    os.waitpid(child, 0)
    recover(target)
    assert content_of(target) == {"a": b"2" if steps >= 2 else b"1"}
    assert names_in(tmp_path) == ["sheet [1]"]


def test_a_file_is_written_as_a_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "sub/result.json"
    write_file(path, b"1")

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(type(path), "write_bytes", full_disk)
        with pytest.raises(OSError, match="No space"):
            write_file(path, b"2")
    assert path.read_bytes() == b"1"
    assert names_in(path.parent) == ["result.json"]
