"""``sheetgrader intake``: what was handed in, into the folders that are graded."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sheetgrader.boundary.plain_text import shortened
from sheetgrader.commands.error_log import write_error_log
from sheetgrader.commands.output import Output
from sheetgrader.report.words import counted

if TYPE_CHECKING:
    # Importing it takes nbgrader along.
    from sheetgrader.intake.taking_in import DeliveryReport, IntakeReport

_ROWS: Final = 40


def intake(folder: Path, name: str, paths: Sequence[Path], output: Output, *, force: bool) -> int:
    """Take in what groups handed in of a sheet, and return the exit code.

    Raises:
        SheetgraderError: the course or the sheet is broken, or there is no such path.
    """
    with output.waiting("Reading the course"):
        from sheetgrader.course.directory import Course
        from sheetgrader.intake.receiving import expected_of
        from sheetgrader.intake.taking_in import IntakeReport, find, take_in
        from sheetgrader.report.scans import remarks_on_scans

        sheet = Course.load(folder).sheet(name)
        expected = expected_of(sheet)
    keep_traceback = partial(write_error_log, folder)
    with ExitStack() as opened:
        with output.waiting("Looking through what was handed in"):
            found = find(paths, expected, opened, keep_traceback=keep_traceback)
        deliveries = []
        with output.progress("Taking in", len(found.deliveries)) as step:
            taken = take_in(
                sheet,
                found.deliveries,
                expected,
                force=force,
                keep_traceback=keep_traceback,
                look_at=remarks_on_scans(opened, sheet.regulations),
            )
            for delivery in taken:
                deliveries.append(delivery)
                step()
    in_order = sorted(deliveries, key=lambda delivery: (delivery.group, delivery.source))
    report = IntakeReport(sheet=name, deliveries=tuple(in_order), notes=found.notes)
    _tell(report, output)
    output.document(report)
    return 1 if report.needs_attention else 0


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
        ("not taken in", "not taken in"),
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
