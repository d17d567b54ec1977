"""The regulations of a sheet: ``source/<sheet>/sheet.toml``.

.. code-block:: toml

    title = "Machine Learning Basics"
    deadline = 2023-12-14T23:59:00
    timezone = "Europe/Berlin"
    group_size = [2, 3]
    files = ["sheet1_basics.ipynb", "train_fashion_mnist.py"]
    archive_name = "[^_]+_[0-9]+(_[^_]+_[0-9]+){1,2}"
    archive_example = "Lovelace_1234567_Turing_7654321"
    bonus = ["ex7"]
    ungraded_cells = ["ex6a_test"]
"""

from __future__ import annotations

import re
import tomllib
import zoneinfo
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import msgspec

from sheetgrader.errors import CourseError


class Regulations(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a sheet asks of a submission; everything is optional."""

    title: str = ""
    #: With its timezone; in the file the timezone may stand beside it.
    deadline: datetime | None = None
    #: A name as ``Europe/Berlin``.
    timezone: str = ""
    #: Least and most members of a group.
    group_size: tuple[int, int] | None = None
    #: Names of the files that have to be handed in.
    files: tuple[str, ...] = ()
    #: Regular expression that the whole name of an archive matches, without its ending.
    archive_name: str = ""
    #: What such a name looks like, for people.
    archive_example: str = ""
    #: Questions whose points count on top of the sheet's, as ``ex7``.
    bonus: tuple[str, ...] = ()
    #: Test cells that no grader judges, by ``grade_id``: their points are left to tutors.
    ungraded_cells: tuple[str, ...] = ()

    @property
    def deadline_utc(self) -> datetime | None:
        """The deadline in UTC without a timezone, as nbgrader keeps it."""
        return None if self.deadline is None else self.deadline.astimezone(UTC).replace(tzinfo=None)


def read_regulations(path: Path) -> Regulations:
    """Read and check a ``sheet.toml``.

    Raises:
        CourseError: it is no TOML, has an unknown key or a value that cannot be; the sentence names the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} cannot be read: {error}") from None
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CourseError(f"{path} is no TOML: {error}") from None
    try:
        regulations = _with_timezone(msgspec.convert(content, Regulations, strict=True))
        _check(regulations)
    except (msgspec.ValidationError, _InvalidError) as error:
        raise CourseError(f"{path}{_line_of(text, str(error))}: {error}") from None
    return regulations


class _InvalidError(Exception):
    """A value that cannot be; its text names the key."""


def _with_timezone(regulations: Regulations) -> Regulations:
    if regulations.deadline is None:
        return regulations
    if not regulations.timezone:
        if regulations.deadline.tzinfo is None:
            raise _InvalidError(
                '`deadline` has no timezone; write timezone = "Europe/Berlin" below it, or an offset as'
                " 2023-12-14T23:59:00+01:00"
            )
        return regulations
    if regulations.deadline.tzinfo is not None:
        raise _InvalidError("`timezone` and the offset of the deadline say the same twice; keep one of them")
    try:
        zone = zoneinfo.ZoneInfo(regulations.timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise _InvalidError(f"`timezone` {regulations.timezone!r} is not known; write one as Europe/Berlin") from None
    return msgspec.structs.replace(regulations, deadline=regulations.deadline.replace(tzinfo=zone))


def _check(regulations: Regulations) -> None:
    if regulations.group_size is not None and not 1 <= regulations.group_size[0] <= regulations.group_size[1]:
        raise _InvalidError("`group_size` is the least and the most members of a group, as [2, 3]")
    for name in regulations.files:
        if not name or PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise _InvalidError(f"`files` names {name!r}, which is no file in the submission's folder")
    try:
        pattern = re.compile(regulations.archive_name)
    except re.error as error:
        raise _InvalidError(f"`archive_name` is no regular expression: {error}") from None
    if regulations.archive_example and regulations.archive_name and not pattern.fullmatch(regulations.archive_example):
        raise _InvalidError(f"`archive_example` {regulations.archive_example!r} does not match `archive_name`")


def _line_of(text: str, message: str) -> str:
    """Return which line the key stands in that ``message`` names, where that can be told."""
    match = re.search(r"`\$?\.?(\w+)(?:\[[^`]*)?`$|field `(\w+)`|^`(\w+)`", message)
    key = next((group for group in match.groups() if group), None) if match else None
    for number, line in enumerate(text.splitlines(), start=1):
        if key is not None and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return f", line {number}"
    return ""
