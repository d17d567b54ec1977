"""What a submission does not keep of its sheet's regulations, in sentences."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Sequence
from datetime import datetime

from sheetgrader.course.regulations import Regulations
from sheetgrader.intake.teams import Member


def check_team(regulations: Regulations, named: Sequence[Member], listed: Sequence[Member]) -> list[str]:
    """Check the members that the archive's name tells and those that the notebook lists."""
    remarks = []
    members = named or listed
    if regulations.group_size is not None:
        least, most = regulations.group_size
        asked = f"{least}" if least == most else f"{least} to {most}"
        if not members:
            remarks.append("Nothing tells who handed this in: neither its name nor the notebook's cell `team`.")
        elif not least <= len(members) <= most:
            remarks.append(f"It is by a group of {len(members)}, where {asked} are asked for.")
        if members and not listed:
            remarks.append("The notebook's cell `team` is not filled in.")
    if named and listed and {member.student_id for member in named} != {member.student_id for member in listed}:
        remarks.append("The notebook's cell `team` lists other student ids than the archive's name.")
    if incomplete := [
        member.name or member.student_id for member in listed if not all((member.name, member.student_id, member.email))
    ]:
        remarks.append(
            f"The notebook's cell `team` lacks a name, a student id or an e-mail address of {', '.join(incomplete)}."
        )
    return remarks


def check_files(regulations: Regulations, paths: Collection[str]) -> list[str]:
    """Check that each file that is asked for is there, and once where its name may vary."""
    remarks = []
    for asked in regulations.files:
        found = sorted(path for path in paths if fnmatch.fnmatchcase(path.lower(), asked.lower()))
        if not found:
            remarks.append(f"{asked} is missing.")
        elif len(found) > 1:
            remarks.append(f"One {asked} is asked for, and there are {len(found)}: {', '.join(found[:5])}.")
    return remarks


def seconds_late(regulations: Regulations, time: datetime | None) -> float:
    """Return by how much ``time`` is after the deadline; 0 where there is none or nothing is known."""
    if regulations.deadline is None or time is None:
        return 0.0
    return max(0.0, (time - regulations.deadline).total_seconds())
