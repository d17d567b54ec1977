"""Whether anything has changed since a command looked at a whole sheet and found nothing to do.

Finding that out by grading's own rules takes reading everything, and importing nbgrader. Names, sizes and times of all
files that could matter tell the same at once: where all of them are as they were, so is what there is to say. This
module imports nothing that takes time.
"""

from __future__ import annotations

import hashlib
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from sheetgrader.course.directory import Sheet

_MOST_BYTES: Final = 64 << 20
_PACKAGE: Final = Path(__file__).parents[1]
#: nbgrader's own; with another one the folders of groups are not looked for.
_STRUCTURE: Final = str(Path("{nbgrader_step}", "{student_id}", "{assignment_id}"))
_SQLITE: Final = "sqlite:///"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Files that matter together."""

    folder: str
    #: Only what is in a folder of this name in each of its folders, whose names matter, too.
    below: str = ""
    #: Only the files in it, not its folders.
    is_flat: bool = False


class Unchanged(msgspec.Struct, frozen=True, kw_only=True):
    """What a command had to say when it had nothing to do, and what has to be as it was for it to be said again."""

    places: tuple[Place, ...]
    fingerprint: str
    exit_code: int
    #: What it wrote, as JSON.
    shown: msgspec.Raw
    document: dict[str, Any]


def read_unchanged(root: Path, sheet: str) -> Unchanged | None:
    """Return what there was to say about ``sheet`` when there was nothing to do; None where something has changed
    since then, or might have.
    """
    if Path(sheet).name != sheet:
        return None
    try:
        with _file(root, sheet).open("rb") as file:
            found = msgspec.json.decode(file.read(_MOST_BYTES), type=Unchanged)
    except (OSError, msgspec.MsgspecError):
        return None
    return found if fingerprint(found.places) == found.fingerprint else None


def keep_unchanged(root: Path, sheet: str, unchanged: Unchanged) -> None:
    """Keep what there is to say; without it the same is found out again."""
    from sheetgrader.course.staging import write_file  # takes time, and the course is loaded by now

    with suppress(OSError):
        write_file(_file(root, sheet), msgspec.json.encode(unchanged))


def places_of(sheet: Sheet, root: Path) -> tuple[Place, ...]:
    """Return where the files are that decide what there is to say about ``sheet``; nothing where that cannot be told:
    for a gradebook in a database server, or folders in an order of their own.
    """
    from jupyter_core.paths import jupyter_config_path  # see above

    course, folders = sheet.course, sheet.course.coursedir
    if course.root != root.absolute() or not course.db_url.startswith(_SQLITE):
        return ()
    if str(Path(folders.directory_structure)) != _STRUCTURE:
        return ()
    gradebook = Path(course.db_url.removeprefix(_SQLITE)).absolute()
    steps = (folders.submitted_directory, folders.autograded_directory)
    return (
        *(Place(folder=str(Path(path)), is_flat=True) for path in jupyter_config_path()),
        Place(folder=str(root.absolute()), is_flat=True),
        Place(folder=str(gradebook.parent), is_flat=True),
        Place(folder=str(course.private_folder), is_flat=True),
        Place(folder=str(sheet.source_folder)),
        Place(folder=str(sheet.grader_folder)),
        Place(folder=str(sheet.solution_folder)),
        *(Place(folder=str(Path(root.absolute(), step)), below=sheet.name) for step in steps),
        Place(folder=str(root.absolute() / "marking" / sheet.name)),
        Place(folder=str(course.reports_folder / sheet.name / "results")),
        *(Place(folder=sysconfig.get_path(name), is_flat=True) for name in ("purelib", "platlib")),
        Place(folder=str(_PACKAGE)),
    )


def fingerprint(places: Iterable[Place]) -> str:
    """Return a digest of the names, kinds, sizes and times of the files in ``places``, of the interpreter and of where
    Jupyter looks for its configuration; nothing where a link could lead elsewhere.
    """
    hashed = hashlib.sha256(sys.version.encode())
    variables = sorted((name, value) for name, value in os.environ.items() if name.startswith(("JUPYTER", "HOME")))
    hashed.update(repr(variables).encode("utf-8", "surrogateescape"))
    try:
        for place in places:
            hashed.update(repr((place.folder, place.below)).encode("utf-8", "surrogateescape"))
            for entry in _entries(place):
                hashed.update(entry)
    except _Unclear:
        return ""
    return hashed.hexdigest()


class _Unclear(Exception):
    """What is there cannot be told from names and times."""


def _entries(place: Place) -> Iterator[bytes]:
    if not place.below:
        yield from _scan(place.folder, is_flat=place.is_flat)
        return
    for group in _listed(place.folder):
        yield group.name.encode("utf-8", "surrogateescape") + b"\0"
        yield from _scan(f"{group.path}/{place.below}", is_flat=False)


def _scan(folder: str, *, is_flat: bool) -> Iterator[bytes]:
    for entry in _listed(folder):
        if entry.name in ("__pycache__", ".ipynb_checkpoints"):
            continue
        yield repr(entry.name).encode("utf-8", "surrogateescape")
        if entry.is_dir(follow_symlinks=False):
            # Its own times tell nothing that the names in it do not.
            if not is_flat:
                yield from _scan(entry.path, is_flat=False)
            yield b"\0"
            continue
        if entry.is_symlink() and not is_flat:
            raise _Unclear
        facts = entry.stat(follow_symlinks=False)
        yield repr((facts.st_mode, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino)).encode()


def _listed(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError:
        raise _Unclear from None


def _file(root: Path, sheet: str) -> Path:
    return root / "reports" / sheet / "unchanged.json"
