from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sheetgrader.sandbox.runtime_folder import RuntimeFolder, name_group, remove_folder, sweep

_DIE_WITH_A_FOLDER = """
import os, tempfile
tempfile.tempdir = {parent!r}
from sheetgrader.sandbox.runtime_folder import RuntimeFolder
print(RuntimeFolder().path, flush=True)
os._exit(0)
"""


@pytest.fixture
def parent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    # pytest's own folder has too long a name for sockets.
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setattr("tempfile.tempdir", folder)
        yield Path(folder)


def test_a_folder_is_for_this_user_alone_and_goes_when_closed(parent: Path) -> None:
    folder = RuntimeFolder()
    assert folder.path.parent == parent
    assert folder.path.stat().st_mode & 0o777 == 0o700
    (folder.path / "file").touch()
    folder.close()
    folder.close()
    assert list(parent.iterdir()) == []


def test_the_next_process_clears_away_what_a_dead_one_left(parent: Path) -> None:
    code = _DIE_WITH_A_FOLDER.format(parent=str(parent))
    left = Path(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip())
    assert left.exists()
    folder = RuntimeFolder()
    assert not left.exists()
    folder.close()


def test_folders_in_use_and_those_of_others_stay(parent: Path) -> None:
    in_use = RuntimeFolder()
    not_ours = parent / "sheetgrader-something-else"
    not_ours.mkdir()
    link = parent / "sheetgrader-link"
    link.symlink_to(in_use.path)
    sweep(parent)
    assert in_use.path.exists()
    assert not_ours.exists()
    assert link.is_symlink()
    in_use.close()


def test_only_control_groups_of_this_program_are_removed_by_their_links(parent: Path, tmp_path: Path) -> None:
    ours, others = tmp_path / "sheetgrader-group", tmp_path / "others"
    folder = RuntimeFolder()
    for number, group in enumerate((ours, others)):
        group.mkdir()
        kernel = folder.path / f"kernel-{number}"
        kernel.mkdir()
        name_group(kernel, group)
    folder.close()
    assert not ours.exists()
    assert others.exists()


def test_a_long_path_for_temporary_files_is_avoided(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    long = tmp_path / ("long" * 20)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    folder = RuntimeFolder()
    assert len(str(folder.path)) < 60
    folder.close()


def test_removing_follows_no_links(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    removed = tmp_path / "removed"
    removed.mkdir()
    (removed / "link").symlink_to(kept)
    locked = removed / "locked"
    locked.mkdir()
    (locked / "file").touch()
    locked.chmod(0)
    remove_folder(removed)
    assert not removed.exists()
    assert (kept / "file").exists()
    assert kept.stat().st_mode & 0o700 == 0o700
