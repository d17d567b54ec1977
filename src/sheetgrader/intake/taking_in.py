"""Taking in what a class handed in: each delivery by itself, so that a bad one costs no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import msgspec

from sheetgrader.course.directory import Sheet
from sheetgrader.course.regulations import Regulations
from sheetgrader.errors import SheetgraderError, UsageError
from sheetgrader.intake.groups import Team, group_of, remarks_on_members
from sheetgrader.intake.keeping import Kept, keep, read_team, read_teams
from sheetgrader.intake.origins import shown
from sheetgrader.intake.receiving import Submission, receive
from sheetgrader.intake.sources import Delivery, Expected, Source, find_deliveries
from sheetgrader.intake.teams import Member

NOT_TAKEN: Final = "not taken in"
#: Returns sentences about the files of a submission.
LookAt = Callable[[Mapping[str, bytes]], Sequence[str]]


class DeliveryReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of what one group handed in."""

    source: str
    #: ``taken in``, ``replaced``, ``unchanged``, ``older`` where what is there stays, or ``not taken in``.
    status: str
    group: str = ""
    members: tuple[Member, ...] = ()
    #: In UTC; None where nothing tells.
    handed_in: str | None = None
    seconds_late: float = 0.0
    #: What a tutor should know, and what breaks the regulations.
    remarks: tuple[str, ...] = ()
    error: str = ""
    folder: str = ""
    #: Where the group's former submission is now.
    former: str = ""

    @property
    def needs_attention(self) -> bool:
        """Whether a person should look at it."""
        return bool(self.remarks or self.error or self.status == "older")


class IntakeReport(msgspec.Struct, frozen=True, kw_only=True):
    """What taking in did."""

    sheet: str
    deliveries: tuple[DeliveryReport, ...]
    #: Paths that could not be read, and what in them belongs to no group.
    notes: tuple[str, ...]

    @property
    def needs_attention(self) -> bool:
        """Whether a person should look at any of it."""
        return bool(self.notes) or not self.deliveries or any(each.needs_attention for each in self.deliveries)

    def having(self, *statuses: str) -> list[DeliveryReport]:
        """Return the deliveries of which one of ``statuses`` became."""
        return [delivery for delivery in self.deliveries if delivery.status in statuses]


def find(paths: Sequence[Path], expected: Expected, opened: ExitStack, *, keep_traceback: Callable[[], Path]) -> Source:
    """Return all that was handed in at ``paths``; a path that cannot be read becomes a note.

    Args:
        paths: folders, archives, exports of an LMS.
        expected: what the sheet asks for.
        opened: closes the archives that deliveries are read from.
        keep_traceback: writes down the exception in hand, and returns where; for what nobody expects.

    Raises:
        UsageError: there is no such path.
    """
    found = []
    for path in paths:
        try:
            found.append(find_deliveries(path, expected, opened, alone=len(paths) == 1))
        except UsageError:
            raise
        except Exception as error:  # noqa: BLE001 # what is wrong with one path costs no other
            found.append(Source((), (_sentence(error, str(path), keep_traceback),)))
    deliveries = tuple(delivery for source in found for delivery in source.deliveries)
    return Source(deliveries, tuple(note for source in found for note in source.notes))


def take_in(
    sheet: Sheet,
    deliveries: Sequence[Delivery],
    expected: Expected,
    *,
    force: bool,
    keep_traceback: Callable[[], Path],
    look_at: LookAt | None = None,
) -> Iterator[DeliveryReport]:
    """Take in ``deliveries`` in the order they were handed in, and yield what became of each.

    Of two by the same group the later one replaces the other. Whatever goes wrong with one costs that one alone.
    ``look_at`` remarks on what only people read: scans.
    """
    teams = read_teams(sheet)
    known = {team.origin for team in teams.values()}
    # An LMS may give a team's work once for each member, all of them handed in at the same moment.
    for delivery in sorted(deliveries, key=lambda each: (_order(each), each.origin.key not in known, each.source)):
        try:
            yield _taken_in(sheet, delivery, expected, teams, look_at, force=force)
        except Exception as error:  # noqa: BLE001 # whatever one group's bytes have led to
            why = _sentence(error, delivery.source, keep_traceback)
            yield DeliveryReport(source=delivery.source, status=NOT_TAKEN, error=why)


def _sentence(error: Exception, source: str, keep_traceback: Callable[[], Path]) -> str:
    if isinstance(error, SheetgraderError):
        return f"{error}."
    return (
        f"{source} could not be taken in: something went wrong inside sheetgrader ({type(error).__name__}); the details"
        f" are in {keep_traceback()}."
    )


def _order(delivery: Delivery) -> float:
    return delivery.time.timestamp() if delivery.time else 0.0


def _taken_in(
    sheet: Sheet, delivery: Delivery, expected: Expected, teams: dict[str, Team], look_at: LookAt | None, *, force: bool
) -> DeliveryReport:
    submission = receive(delivery, sheet.regulations or Regulations(), expected)
    group = group_of(submission, teams)
    kept = keep(sheet, group, submission, force=force)
    teams[group] = read_team(sheet.submitted_folder(group))
    return DeliveryReport(
        source=delivery.source,
        status=kept.status,
        group=group,
        members=submission.members,
        handed_in=submission.time.isoformat(timespec="seconds") if submission.time else None,
        seconds_late=submission.seconds_late,
        remarks=(
            *submission.remarks,
            *(look_at(submission.files) if look_at is not None else ()),
            *_remark_on_owner(kept, submission),
            *remarks_on_members(submission, group, teams),
        ),
        folder=kept.folder,
        former=kept.former,
    )


def _remark_on_owner(kept: Kept, submission: Submission) -> list[str]:
    who = shown(submission.origin.key, submission.origin.person)
    return [f"It came from {who} and replaces what {kept.instead_of} handed in."] if kept.instead_of else []
