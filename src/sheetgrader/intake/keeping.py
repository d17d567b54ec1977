"""Submissions in the folders where nbgrader expects them, each replaced as a whole or not at all."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from sheetgrader.course.directory import Sheet
from sheetgrader.course.files import read_small_file
from sheetgrader.course.staging import recover, swap_in, write_folder
from sheetgrader.course.submissions import TIMESTAMP_FILE, read_submission
from sheetgrader.course.times import handed_in_at
from sheetgrader.errors import SubmissionError
from sheetgrader.intake.groups import Team, is_same_origin, may_replace
from sheetgrader.intake.origins import shown
from sheetgrader.intake.receiving import TEAM_FILE, Submission
from sheetgrader.results import encode_json


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one submission."""

    #: ``taken in``, ``replaced``, ``unchanged``, or ``older`` where what is there already stays.
    status: str
    folder: str
    #: Where the group's former submission is now.
    former: str = ""
    #: Who handed that in, where it was another account or folder.
    instead_of: str = ""


def read_team(folder: Path) -> Team:
    """Return who handed in what ``folder`` holds; nobody where intake did not put it there."""
    try:
        return msgspec.json.decode(read_small_file(folder / TEAM_FILE), type=Team)
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError):
        return Team()


def read_teams(sheet: Sheet) -> dict[str, Team]:
    """Return who the groups are that have handed in."""
    return {group: read_team(sheet.submitted_folder(group)) for group in sheet.submissions()}


def keep(sheet: Sheet, group: str, submission: Submission, *, force: bool) -> Kept:
    """Put a submission where nbgrader expects it; one that is there already is replaced by a newer one only.

    The former one stays beside it, as ``.<sheet>+<time>``: nbgrader's name for it, hidden from nbgrader by its dot.

    Raises:
        SubmissionError: somebody else would replace what a group handed in, or the folder cannot be written.
    """
    folder = sheet.submitted_folder(group)
    try:
        recover(folder)
        if not folder.exists():
            _write(folder, submission)
            return Kept(status="taken in", folder=str(folder))
        if _has(sheet, group, submission):
            return Kept(status="unchanged", folder=str(folder))
        before = _time_of(folder)
        if not force and (before is None or submission.time is None or submission.time <= before):
            return Kept(status="older", folder=str(folder))
        there, origin = read_team(folder), submission.origin
        if not force and not may_replace(submission, group, there):
            raise SubmissionError(
                f"{shown(origin.key, origin.person)} would replace what {there.shown} handed in for the group {group};"
                " if that is right, add --force"
            )
        former = _copy_beside(folder, before)
        try:
            _write(folder, submission)
        except BaseException:
            shutil.rmtree(former, ignore_errors=True)
            raise
        former_owner = "" if is_same_origin(submission, group, there) else there.shown
        return Kept(status="replaced", folder=str(folder), former=str(former), instead_of=former_owner)
    except OSError as error:
        # Who copies a folder with shutil gets one error with a list of what went wrong.
        reason = error.args[0][0][2] if isinstance(error, shutil.Error) else error.strerror
        raise SubmissionError(f"{folder} cannot be written: {reason}; what was there is as it was") from None


def _write(folder: Path, submission: Submission) -> None:
    files = dict(submission.files)
    if submission.time is not None:
        # To the microsecond, as nbgrader writes it.
        files[TIMESTAMP_FILE] = f"{submission.time.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC".encode()
    origin = submission.origin
    files[TEAM_FILE] = encode_json(Team(members=submission.members, handed_in_by=origin.person, origin=origin.key))
    with swap_in(write_folder(folder, files, mode=0o644), folder):
        pass


def _has(sheet: Sheet, group: str, submission: Submission) -> bool:
    try:
        files = read_submission(sheet, group).files
    except SubmissionError:
        return False
    return {
        path: content for path, content in files.items() if path not in {TIMESTAMP_FILE, TEAM_FILE}
    } == submission.files


def _time_of(folder: Path) -> datetime | None:
    """Return when the submission in ``folder`` was handed in, as nbgrader reads it."""
    try:
        time = handed_in_at(read_small_file(folder / TIMESTAMP_FILE))
    except OSError:
        return None
    return None if time is None else time.replace(tzinfo=UTC)


def _copy_beside(folder: Path, time: datetime | None) -> Path:
    """Copy a submission before it is replaced: so there is one in its own place at any moment."""
    stem = f".{folder.name}+{time:%Y-%m-%dT%H%M%SZ}" if time else f".{folder.name}+unknown"
    names = [stem, *(f"{stem}-{number}" for number in range(2, 1000))]
    former = next(path for name in names if not (path := folder.with_name(name)).exists())
    unfinished = folder.with_name(f".{folder.name}.new-{former.name}")
    try:
        shutil.copytree(folder, unfinished, symlinks=True)
        unfinished.rename(former)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return former
