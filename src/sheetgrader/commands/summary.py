"""The result of ``grade`` as people and programs read it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Final

from sheetgrader.boundary.plain_text import shortened
from sheetgrader.commands.output import UNPROTECTED, Output
from sheetgrader.execution.reports import ALREADY_GRADED, GRADED, NOT_GRADED, PUT_RIGHT, GradeReport, GroupReport
from sheetgrader.report.words import counted, listed, number

_ROWS: Final = 40


def tell(report: GradeReport, output: Output, *, results_folder: str, verbose: bool) -> None:
    """Write the summary for people."""
    graded, skipped, failed = report.having(GRADED), report.having(ALREADY_GRADED), report.having(NOT_GRADED)
    _tell_scores(report, output, results_folder)
    if any(group.changes for group in graded):
        _tell_changes(graded, output)
    if verbose and graded:
        _tell_stages(report, len(graded), output)
    done = "judged, nothing written, points by tests alone" if report.dry_run else "graded"
    took = f", {report.seconds:.1f} s" if graded else ""
    counts = [f"{counted(len(graded), 'submission')} {done}{took}"]
    if skipped:
        counts.append(f"{len(skipped)} already graded and unchanged (--force grades them again)")
    if right := report.having(PUT_RIGHT):
        counts.append(f"{len(right)} put right in the gradebook without grading again")
    if failed:
        counts.append(f"{len(failed)} not graded")
    if noted := [group for group in graded if group.remarks]:
        counts.append(f"{len(noted)} with remarks")
    output.say("; ".join(counts) + ".", "bold")
    needing = [group for group in report.groups if group.needs_attention]
    if needing:
        names = listed([group.group for group in needing])
        where = "" if report.dry_run else f"; see: sheetgrader status {report.sheet} --flagged"
        output.say(f"A person has to look at {names}{where or '.'}", "yellow")
    for remark in report.remarks:
        output.warn(remark)
    if report.unnamed:
        output.warn(
            f"Not graded, since nbgrader cannot carry names that are no UTF-8: {listed(report.unnamed)}; rename the"
            " folders, and run the command again."
        )
    if report.isolation == "process":
        output.warn(UNPROTECTED)


def _tell_scores(report: GradeReport, output: Output, results_folder: str) -> None:
    shown = report.groups[:_ROWS]
    if not shown:
        return
    output.table(
        ("group", "points", "of", "to mark", "remarks"),
        [
            (
                group.group,
                "–" if group.status == NOT_GRADED else number(group.points),
                number(group.max_points),
                number(group.unmarked_points),
                "\n".join(shortened(text, 300) for text in _remarks(group)),
            )
            for group in shown
        ],
        numbers=(1, 2, 3),
    )
    if len(report.groups) > len(shown):
        output.say(f"… and {len(report.groups) - len(shown)} more, all in {results_folder}")
    points = [group.points for group in report.groups if group.status != NOT_GRADED]
    if len(points) > 1:
        output.say(
            f"So far from {number(min(points))} to {number(max(points))} points, median"
            f" {number(statistics.median(points))}."
        )


def _remarks(group: GroupReport) -> list[str]:
    remarks = [group.error] if group.error else []
    if group.settled:
        remarks.append(f"settled: {group.settled}")
    if group.penalty:
        remarks.append(f"late: {number(group.penalty)} points off")
    remarks += [f"look again at {matter.question}: {matter.why}" for matter in group.look_again[:3]]
    return remarks + list(group.remarks)[:4]


def _tell_changes(graded: Sequence[GroupReport], output: Output) -> None:
    rows = [
        (group.group, change.grade_id, _points(change.points_before), _points(change.points_after))
        for group in graded
        for change in group.changes
        if change.points_before != change.points_after
    ]
    if rows:
        output.say("Points that differ from the earlier result:")
        output.table(("group", "cell", "before", "now"), rows[:_ROWS], numbers=(2, 3))
        if len(rows) > _ROWS:
            output.say(f"… and {len(rows) - _ROWS} more")


def _tell_stages(report: GradeReport, count: int, output: Output) -> None:
    names = {
        "prepare": "prepare",
        "fork": "fork sandboxes",
        "run": "run, besides the student's code",
        "judge": "judge",
        "record": "record",
    }
    rows = [
        (text, f"{getattr(report.stages, name):.2f}", f"{1000 * getattr(report.stages, name) / count:.0f}")
        for name, text in names.items()
    ]
    rows.append(
        ("the framework together", f"{report.stages.framework:.2f}", f"{1000 * report.stages.framework / count:.0f}")
    )
    rows.append(("students' own code", f"{report.stages.student:.2f}", f"{1000 * report.stages.student / count:.0f}"))
    output.table(("stage", "s in all", "ms a submission"), rows, numbers=(1, 2))


def _points(value: float | None) -> str:
    return "–" if value is None else number(value)
