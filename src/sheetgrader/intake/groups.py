"""Whose a submission is.

A group is known again by the account or the folder that its work came from: those are not a group's to choose. Whoever
hands in can write any names and ids, so these find the group that is meant, and replace nobody's work by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from sheetgrader.intake.names import is_part_of_name, is_same_name
from sheetgrader.intake.origins import Origin, shown
from sheetgrader.intake.receiving import Submission
from sheetgrader.intake.teams import Member, goes_by, safe_name, student_ids


class Team(msgspec.Struct, frozen=True, kw_only=True):
    """Who handed in: what the file ``.members.json`` beside a group's notebook holds."""

    members: tuple[Member, ...] = ()
    #: By the LMS's account; empty where it is not known.
    handed_in_by: str = ""
    #: Which account or folder it came from; empty where nothing tells, or where an earlier version took it in.
    origin: str = ""

    @property
    def shown(self) -> str:
        """Who handed in, as a sentence names it."""
        return shown(self.origin, self.handed_in_by)


def group_of(submission: Submission, teams: Mapping[str, Team]) -> str:
    """Return the name of the group that a submission is meant for: of what came from the same account or folder, or
    what other members handed in, or what the same students did; the submission's own name for a new one.
    """
    ids = student_ids(submission.members)
    own = [group for group, team in teams.items() if is_same_origin(submission, group, team)]
    of_same = [group for group, team in teams.items() if ids and student_ids(team.members) == ids]
    joined = [group for group, team in teams.items() if is_by_another_member(submission, team)]
    # Ids that were written into a later hand-in are no claim.
    in_its_place = [group for group in of_same if ids <= set(group.split("_")) and _keeps_out(teams[group], submission)]
    for found in ([group for group in own if group in of_same], own, joined, in_its_place):
        if found:
            return submission.group if submission.group in found else found[0]
    there = teams.get(submission.group)
    # Many call what they hand in "homework".
    is_another = there is not None and not (submission.is_named_by_ids and _keeps_out(there, submission))
    return safe_name(submission.origin.label) if is_another and submission.origin.label else submission.group


def _keeps_out(team: Team, submission: Submission) -> bool:
    """Say whether ``team`` is in the way of a submission by the same students: not if the LMS calls whoever handed in
    now as one of them, and does not whoever did before.
    """
    is_theirs = _is_one_of(team.handed_in_by, team.members)
    return is_theirs or not _is_one_of(submission.origin.person, submission.members)


def _is_one_of(person: str, members: Sequence[Member]) -> bool:
    return any(goes_by(person, member) or is_part_of_name(member.name, person) for member in members)


def may_replace(submission: Submission, group: str, team: Team) -> bool:
    """Say whether a submission may take the place of what ``team`` handed in as ``group``."""
    return is_same_origin(submission, group, team) or is_by_another_member(submission, team)


def is_same_origin(submission: Submission, group: str, team: Team) -> bool:
    """Say whether a submission comes from the account or folder that ``team``'s came from."""
    origin = submission.origin
    if team.origin:
        return origin.key == team.origin
    # Taken in when the account was not kept, or put there by hand.
    ids = student_ids(submission.members)
    if team.handed_in_by:
        return origin.person == team.handed_in_by and (
            submission.group == group or (bool(ids) and ids == student_ids(team.members))
        )
    return _is_folder(origin) and safe_name(origin.key.partition(" ")[2]).casefold() == group.casefold()


def is_by_another_member(submission: Submission, team: Team) -> bool:
    """Say whether another member of ``team`` hands in for all of it.

    That is somebody whom the LMS calls as the team itself called one member before, and who is not by name whoever
    handed in then: two accounts of one name are two people.
    """
    person = submission.origin.person
    ids = student_ids(team.members)
    if not (person and team.handed_in_by and team.origin and ids and ids <= student_ids(submission.members)):
        return False
    now = [member for member in team.members if goes_by(person, member)]
    return len(now) == 1 and not goes_by(team.handed_in_by, now[0]) and not is_same_name(person, team.handed_in_by)


def remarks_on_members(submission: Submission, group: str, teams: Mapping[str, Team]) -> list[str]:
    """Return a sentence for each other group that has a member of this one."""
    ids = student_ids(submission.members)
    person = submission.origin.person
    remarks = []
    for other, team in teams.items():
        if other == group:
            continue
        if both := sorted(ids & student_ids(team.members)):
            remarks.append(f"{', '.join(both)} is in the group {other} as well.")
        elif named := [member.name for member in submission.members if is_same_name(member.name, team.handed_in_by)]:
            remarks.append(f"{named[0]} is named as a member, and handed in for the group {other}.")
        elif person and any(is_same_name(person, member.name) for member in team.members):
            remarks.append(f"{person} handed it in, and is named as a member of the group {other}.")
    return remarks


def _is_folder(origin: Origin) -> bool:
    return origin.key.startswith("folder ")
