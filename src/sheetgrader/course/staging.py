"""Folders and files that appear as a whole or not at all."""

from __future__ import annotations

import contextlib
import glob
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from sheetgrader.course.directory import Course
from sheetgrader.errors import CourseError


@contextlib.contextmanager
def staging_folder(course: Course) -> Iterator[Path]:
    """Give a folder on the course's own file system that is gone afterwards.

    Raises:
        CourseError: it cannot be made.
    """
    try:
        course.private_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="staging-", dir=course.private_folder))
    except OSError as error:
        raise CourseError(f"{course.private_folder} cannot be written: {error.strerror}") from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_file(path: Path, content: bytes) -> None:
    """Write a file that is there with all of ``content`` or as it was before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = _beside(path, "new")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def write_folder(path: Path, files: Mapping[str, bytes], *, mode: int) -> Path:
    """Write ``files`` with permissions ``mode`` into a new folder beside ``path`` and return it, to be swapped in by
    :func:`swap_in`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = _beside(path, "new")
    try:
        unfinished.mkdir()
        for name, content in files.items():
            file = unfinished / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            file.chmod(mode)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return unfinished


@contextlib.contextmanager
def swap_in(finished: Path, path: Path) -> Iterator[None]:
    """Put the folder ``finished`` in the place of ``path`` for the block; if the block fails, what was there before is
    put back.

    A crash at any moment leaves either the old or the new folder, under its own name or, for :func:`recover`, beside
    it.
    """
    before = _beside(path, "old")
    try:
        if path.exists():
            path.rename(before)
        finished.rename(path)
        yield
    except BaseException:
        if not finished.exists() and path.exists():
            path.rename(finished)
        if before.exists():
            before.rename(path)
        shutil.rmtree(finished, ignore_errors=True)
        raise
    shutil.rmtree(before, ignore_errors=True)


def recover(path: Path) -> None:
    """Clean up what a crash left beside ``path``: put the old folder back where no new one took its place."""
    name = glob.escape(path.name)
    for leftover in sorted(path.parent.glob(f".{name}.old-*")):
        if path.exists():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.rename(path)
    for leftover in path.parent.glob(f".{name}.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _beside(path: Path, what: str) -> Path:
    return path.with_name(f".{path.name}.{what}-{os.getpid()}-{secrets.token_hex(4)}")
