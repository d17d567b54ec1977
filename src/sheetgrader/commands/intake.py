"""``sheetgrader intake``: what was handed in, into the folders that are graded."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from sheetgrader.boundary.plain_text import shortened
from sheetgrader.commands.output import Output, counted
from sheetgrader.errors import SubmissionError
from sheetgrader.intake.teams import Member

if TYPE_CHECKING:
    # Importing these takes nbgrader along.
    from sheetgrader.course.directory import Sheet
    from sheetgrader.intake.keeping import Team
    from sheetgrader.intake.sources import Delivery, Expected, Source

_NOT_TAKEN: Final = "not taken in"
_ROWS: Final = 40


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
    """What ``intake`` did."""

    sheet: str
    deliveries: tuple[DeliveryReport, ...]
    #: Paths that could not be read, and what in them belongs to no group.
    notes: tuple[str, ...]

    def having(self, *statuses: str) -> list[DeliveryReport]:
        """Return the deliveries of which one of ``statuses`` became."""
        return [delivery for delivery in self.deliveries if delivery.status in statuses]


def intake(folder: Path, name: str, paths: Sequence[Path], output: Output, *, force: bool) -> int:
    """Take in what groups handed in of a sheet, and return the exit code.

    Raises:
        SheetgraderError: the course or the sheet is broken, or there is no such path.
    """
    with output.waiting("Reading the course"):
        from sheetgrader.course.directory import Course
        from sheetgrader.intake.receiving import expected_of

        sheet = Course.load(folder).sheet(name)
        expected = expected_of(sheet)
    with ExitStack() as opened:
        with output.waiting("Looking through what was handed in"):
            found = [_found(path, expected, opened, alone=len(paths) == 1) for path in paths]
        deliveries = [delivery for source in found for delivery in source.deliveries]
        reports = _take_in(sheet, deliveries, expected, output, force=force)
    report = IntakeReport(
        sheet=name, deliveries=tuple(reports), notes=tuple(note for source in found for note in source.notes)
    )
    _tell(report, output)
    output.document(report)
    return 1 if report.notes or not reports or any(delivery.needs_attention for delivery in reports) else 0


def _found(path: Path, expected: Expected, opened: ExitStack, *, alone: bool) -> Source:
    from sheetgrader.intake.sources import Source, find_deliveries

    try:
        return find_deliveries(path, expected, opened, alone=alone)
    except SubmissionError as error:
        return Source((), (f"{error}.",))


def _take_in(
    sheet: Sheet, deliveries: Sequence[Delivery], expected: Expected, output: Output, *, force: bool
) -> list[DeliveryReport]:
    from sheetgrader.intake.keeping import read_teams

    teams = read_teams(sheet)
    reports = []
    with output.progress("Taking in", len(deliveries)) as step:
        # In the order they were handed in: of two by the same group the later one replaces the other.
        for delivery in sorted(
            deliveries, key=lambda delivery: (delivery.time.timestamp() if delivery.time else 0.0, delivery.source)
        ):
            try:
                reports.append(_taken_in(sheet, delivery, expected, teams, force=force))
            except SubmissionError as error:
                reports.append(DeliveryReport(source=delivery.source, status=_NOT_TAKEN, error=f"{error}."))
            step()
    return sorted(reports, key=lambda report: (report.group, report.source))


def _taken_in(
    sheet: Sheet, delivery: Delivery, expected: Expected, teams: dict[str, Team], *, force: bool
) -> DeliveryReport:
    from sheetgrader.course.regulations import Regulations
    from sheetgrader.intake.keeping import in_other_groups, keep, read_team, same_group
    from sheetgrader.intake.receiving import receive

    submission = receive(delivery, sheet.regulations or Regulations(), expected)
    group = same_group(submission, teams)
    kept = keep(sheet, group, submission, force=force)
    teams[group] = read_team(sheet.submitted_folder(group))
    return DeliveryReport(
        source=delivery.source,
        status=kept.status,
        group=group,
        members=submission.members,
        handed_in=submission.time.isoformat(timespec="seconds") if submission.time else None,
        seconds_late=submission.seconds_late,
        remarks=(*submission.remarks, *in_other_groups(submission, group, teams)),
        folder=kept.folder,
        former=kept.former,
    )


def _tell(report: IntakeReport, output: Output) -> None:
    shown = [delivery for delivery in report.deliveries if delivery.needs_attention or delivery.former]
    if shown:
        output.table(("group", "what became of it", "remarks"), [_row(delivery) for delivery in shown[:_ROWS]])
    if len(shown) > _ROWS:
        output.say(f"… and {len(shown) - _ROWS} more; --json shows them all")
    for note in report.notes[:_ROWS]:
        output.say(shortened(note, 300), "yellow")
    counts = [f"{counted(len(report.having('taken in', 'replaced')), 'submission')} taken in"]
    for status, text in (
        ("unchanged", "unchanged"),
        ("older", "older than what is there (--force takes them in)"),
        (_NOT_TAKEN, _NOT_TAKEN),
    ):
        if found := report.having(status):
            counts.append(f"{len(found)} {text}")
    if noted := [delivery for delivery in report.deliveries if delivery.remarks]:
        counts.append(f"{len(noted)} with remarks")
    output.say("; ".join(counts) + ".", "bold")


def _row(delivery: DeliveryReport) -> tuple[str, str, str]:
    remarks = [delivery.error] if delivery.error else list(delivery.remarks)
    if delivery.status == "older":
        remarks.insert(0, "What is there was handed in at the same time or later, or nothing tells when.")
    if delivery.former:
        remarks.append(f"The former one is kept in {delivery.former}.")
    return (
        delivery.group or delivery.source,
        delivery.status,
        "\n".join(shortened(remark, 300) for remark in remarks[:8]),
    )
