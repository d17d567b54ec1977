"""New courses and sheets on disk: nothing that is there already is written over, and nothing is left half done."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sheetgrader.course.directory import CONFIG_FILE, Course, check_path
from sheetgrader.course.staging import write_folder
from sheetgrader.errors import UsageError

#: What names of sheets are made of, so that every program and file system can carry them.
_NAME: Final = re.compile(r"\w(?:[\w .-]*[\w-])?")
_LONGEST_NAME: Final = 60
_MODE: Final = 0o644


@dataclass(frozen=True)
class NewSheet:
    """The files of a sheet that is to be."""

    name: str
    #: What goes into ``source/<name>/``, by relative path.
    source: Mapping[str, bytes]
    #: What goes into ``grader_tests/<name>/``; empty for a sheet that judges in its cells.
    graders: Mapping[str, bytes]
    #: One sentence for each thing that was done.
    made: tuple[str, ...] = ()


def check_name(name: str) -> None:
    """Make sure that a new sheet may be called ``name``.

    Raises:
        UsageError: it may not.
    """
    if len(name) > _LONGEST_NAME:
        raise UsageError(f"the name of a sheet has at most {_LONGEST_NAME} characters, and this one has {len(name)}")
    if not name.isprintable() or not _NAME.fullmatch(name):
        raise UsageError(
            f"a sheet cannot be called {name!r}: its name is that of a folder, and begins with a letter or a digit;"
            " write it with letters, digits, hyphens and underscores"
        )


def write_course(folder: Path, configuration: bytes, sheet: NewSheet) -> Course:
    """Write a new course with one sheet into ``folder``, which is new or empty.

    Raises:
        UsageError: the folder holds something, cannot be written, or nbgrader cannot work in it.
    """
    check_path(folder.absolute())
    files = {
        CONFIG_FILE: configuration,
        **{f"source/{sheet.name}/{path}": content for path, content in sheet.source.items()},
        **{f"grader_tests/{sheet.name}/{path}": content for path, content in sheet.graders.items()},
    }
    is_new = not os.path.lexists(folder)
    try:
        if not is_new and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(
                f"{folder.absolute()} is there already, and is no empty folder; name a new one, or add a sheet to a"
                f" course that is there: sheetgrader --course {folder} new sheet NAME"
            )
        folder.mkdir(parents=True, exist_ok=True)
        try:
            written = write_folder(folder / "course", files, mode=_MODE)
            for path in written.iterdir():
                path.rename(folder / path.name)
            written.rmdir()
        except BaseException:
            # Of an empty folder, too, only what was put into it goes.
            for path in folder.iterdir():
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
            if is_new:
                folder.rmdir()
            raise
    except OSError as error:
        raise UsageError(f"{folder.absolute()} cannot be written: {error.strerror}") from None
    return Course.load(folder)


def write_sheet(course: Course, sheet: NewSheet) -> list[Path]:
    """Write the files of a new sheet into a course, and return its folders.

    Raises:
        UsageError: there is such a sheet, or its folders cannot be written.
    """
    # The sheet is there once its source is, so that comes last.
    places = [(course.root / "grader_tests" / sheet.name, sheet.graders)] if sheet.graders else []
    places.append((course.folder(course.coursedir.source_directory, ".", sheet.name), sheet.source))
    for folder, _ in places:
        if os.path.lexists(folder):
            raise UsageError(f"{folder} is there already; give the new sheet another name, or move that away")
    written: list[Path] = []
    try:
        for folder, files in places:
            write_folder(folder, files, mode=_MODE).rename(folder)
            written.append(folder)
    except OSError as error:
        for folder in written:
            shutil.rmtree(folder, ignore_errors=True)
        raise UsageError(f"{error.filename or course.root} cannot be written: {error.strerror}") from None
    return written
