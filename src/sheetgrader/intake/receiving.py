"""From one group's delivery to the files that are graded: opened, put in order, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from sheetgrader.course.directory import Sheet
from sheetgrader.course.durations import duration_text
from sheetgrader.course.files import HandedIn, overlay
from sheetgrader.course.notebook_names import look_alikes
from sheetgrader.course.regulations import Regulations
from sheetgrader.course.submissions import TIMESTAMP_FILE, submission_limits
from sheetgrader.errors import SubmissionError
from sheetgrader.intake.archives import is_archive, read_archive, without_ending
from sheetgrader.intake.checks import check_files, check_team, seconds_late
from sheetgrader.intake.entries import folders_of
from sheetgrader.intake.origins import Origin, tidy_name
from sheetgrader.intake.sources import Delivery, Expected, common_folder
from sheetgrader.intake.teams import (
    Member,
    group_name,
    is_stranger,
    members_in_name,
    members_in_notebook,
    merged,
)

#: What intake itself puts beside a group's files; a group must not: the first decides whether it is late.
TEAM_FILE: Final = ".members.json"
#: What intake itself puts beside a group's files; a group must not: the first decides whether it is late.
_OWN_FILES: Final = (TIMESTAMP_FILE, TEAM_FILE)


@dataclass(frozen=True)
class Submission:
    """What one group handed in, ready to be kept."""

    group: str
    members: tuple[Member, ...]
    #: In UTC; None where nothing tells.
    time: datetime | None
    seconds_late: float
    files: Mapping[str, bytes]
    #: In sentences, for tutors.
    remarks: tuple[str, ...]
    origin: Origin

    @property
    def is_named_by_ids(self) -> bool:
        """Whether the group's name is made of its members' student ids."""
        return bool(self.members) and all(member.student_id for member in self.members)


def expected_of(sheet: Sheet) -> Expected:
    """Return what deliveries of ``sheet`` look like."""
    regulations = sheet.regulations or Regulations()
    return Expected(
        notebooks=tuple(f"{name}.ipynb" for name in sheet.source_notebooks()),
        ignore=tuple(sheet.course.coursedir.ignore),
        limits=submission_limits(sheet.course),
        is_team_name=lambda name: bool(members_in_name(tidy_name(name), regulations.archive_name)),
        timezone=regulations.deadline.tzinfo if regulations.deadline else None,
        sheet=sheet.name,
    )


def receive(delivery: Delivery, regulations: Regulations, expected: Expected) -> Submission:
    """Read one delivery and hold it against the sheet's regulations.

    Raises:
        SubmissionError: it cannot be read, or there is no notebook in it that could be graded.
    """
    found, names = _opened(delivery, expected)
    files, names = _without_common_folder(found.files, names)
    try:
        files, renamed = _with_named_notebook(files, expected)
    except SubmissionError as error:
        # Why it is not there, perhaps.
        raise SubmissionError("; ".join([str(error), *(note.removesuffix(".") for note in found.notes[:3])])) from None
    team_name = next((tidy_name(name) for name in reversed(names) if expected.is_team_name(name)), "")
    named = members_in_name(team_name, regulations.archive_name)
    listed = next(
        (members for name in expected.notebooks if (members := members_in_notebook(files.get(name, b"")))), ()
    )
    members = merged(named, listed)
    submission = Submission(
        group=group_name(members, tidy_name(delivery.name)),
        members=members,
        time=delivery.time,
        seconds_late=seconds_late(regulations, delivery.time),
        files={path: content for path, content in files.items() if path not in _OWN_FILES},
        remarks=(),
        origin=delivery.origin,
    )
    remarks = [
        *found.notes,
        *(f"{path} is not for groups to hand in; it was left out." for path in _OWN_FILES if path in files),
        # A group that hands in a single file gives that file the name of an archive.
        *(
            f"{old} was taken as {new}."
            for old, new in renamed.items()
            if not expected.is_team_name(without_ending(old))
        ),
        *_remarks_on_look_alikes(submission.files, expected),
        *_remarks_on_name(regulations, team_name, names),
        *check_team(regulations, named, listed),
        *check_files(regulations, submission.files),
        *_remarks_on_handing_in(regulations, submission),
    ]
    return replace(submission, remarks=tuple(remarks))


def _opened(delivery: Delivery, expected: Expected) -> tuple[HandedIn, tuple[str, ...]]:
    """Return the files and all names of a delivery; one that is nothing but an archive, perhaps with other files beside
    it, is opened.
    """
    found = delivery.read()
    inner = [path for path in found.files if is_archive(path)]
    if delivery.is_inner_archive or not inner or any(path.endswith(".ipynb") for path in found.files):
        return found, delivery.names
    if len(inner) > 1:
        raise SubmissionError(
            f"{delivery.source} holds {len(inner)} archives and no notebook; keep the one that counts, or name an"
            " export by itself"
        )
    name = PurePosixPath(inner[0]).name
    opened = read_archive(found.files[inner[0]], name, ignore=expected.ignore, limits=expected.limits)
    beside = {path: content for path, content in found.files.items() if path != inner[0]}
    inside, names = _without_common_folder(opened.files, (*delivery.names, without_ending(name)))
    files = overlay(beside, inside)
    return HandedIn(files, folders_of(files), (*found.notes, *opened.notes)), names


def _without_common_folder(
    files: Mapping[str, bytes], names: tuple[str, ...]
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Take files out of folders that hold all of them."""
    files = dict(files)
    while top := common_folder(list(files)):
        names = (*names, top)
        files = {path[len(top) + 1 :]: content for path, content in files.items()}
    return files, names


def _with_named_notebook(files: Mapping[str, bytes], expected: Expected) -> tuple[dict[str, bytes], dict[str, str]]:
    """Put the notebook where grading looks for it, if it has another name or lies in a folder and there is no doubt
    which one it is.

    Raises:
        SubmissionError: no notebook can be the sheet's.
    """
    if any(name in files for name in expected.notebooks):
        return dict(files), {}
    wanted = " and ".join(expected.notebooks)
    names = [name.removesuffix(".ipynb") for name in expected.notebooks]
    alike = {path for name in names for path in look_alikes(name, files, names)}
    notebooks = [
        path
        for path, content in files.items()
        if path.endswith(".ipynb") or (path in alike and (path.lower().endswith(".ipynb") or b'"cells"' in content))
    ]
    right = {name.casefold() for name in expected.notebooks}
    meant = [path for path in notebooks if PurePosixPath(path).name.casefold() in right] or notebooks
    if not meant:
        raise SubmissionError(f"no notebook was handed in; {wanted} was expected")
    if len(meant) > 1 or len(expected.notebooks) > 1:
        raise SubmissionError(
            f"{wanted} was expected, but what was handed in is {', '.join(sorted(meant)[:5])}; rename the one that"
            " counts"
        )
    new, folder = next(iter(expected.notebooks)), meant[0].rpartition("/")[0]
    moved = {
        path[len(folder) + 1 :] if folder and path.startswith(f"{folder}/") else path: content
        for path, content in files.items()
    }
    if len(moved) < len(files) or not folders_of(moved).isdisjoint(moved):
        moved = dict(files)
    moved.pop(PurePosixPath(meant[0]).name, None)
    moved.pop(meant[0], None)
    return {**moved, new: files[meant[0]]}, {meant[0]: new}


def _remarks_on_look_alikes(files: Mapping[str, bytes], expected: Expected) -> list[str]:
    """Name what may be the notebook as well; which one was worked on shows when it is graded."""
    names = [name.removesuffix(".ipynb") for name in expected.notebooks]
    return [
        f"{path} was handed in beside {name}.ipynb and differs from it; grading takes the one that was worked on."
        for name in names
        if f"{name}.ipynb" in files
        for path in look_alikes(name, files, names)
        if PurePosixPath(path).name.casefold().startswith(name.casefold()) and files[path] != files[f"{name}.ipynb"]
    ]


def _remarks_on_name(regulations: Regulations, team_name: str, names: Sequence[str]) -> list[str]:
    if team_name or not regulations.archive_name:
        return []
    example = f" as asked for, {regulations.archive_example}," if regulations.archive_example else " as asked for"
    return [f"It is not named{example} but {tidy_name(names[-1])}."]


def _remarks_on_handing_in(regulations: Regulations, submission: Submission) -> list[str]:
    remarks = []
    if submission.seconds_late:
        remarks.append(f"It was handed in {duration_text(submission.seconds_late)} late.")
    if regulations.deadline and submission.time is None:
        remarks.append("Nothing tells when it was handed in.")
    person = submission.origin.person
    if is_stranger(person, submission.members):
        remarks.append(f"{person} handed it in, who is not in the group by its own account.")
    return remarks
