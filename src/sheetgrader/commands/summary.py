"""The result of ``grade`` as people and programs read it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Final

import msgspec

from sheetgrader.boundary.plain_text import number, shortened
from sheetgrader.commands.output import UNPROTECTED, Output, counted, listed
from sheetgrader.results import CellResult, Outcome, Stages, SubmissionResult
from sheetgrader.store.kept_results import CellChange

_TOLD_APART: Final = {
    Outcome.TIMED_OUT: "took too long",
    Outcome.OUT_OF_MEMORY: "used too much memory",
    Outcome.OUT_OF_PROCESSES: "started too many processes",
    Outcome.OUT_OF_DISK: "wrote too much to the disk",
    Outcome.KERNEL_DIED: "ended the kernel",
    Outcome.NOT_JUDGED: "could not be judged",
}
_ROWS: Final = 40


class GroupReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one group."""

    group: str
    #: ``graded``, ``already graded``, or ``not graded`` where nothing could be made of what was handed in.
    status: str
    #: Points earned so far, what the whole sheet gives, and how much of that a human has still to decide on.
    points: float = 0.0
    max_points: float = 0.0
    unmarked_points: float = 0.0
    #: In plain words, for whoever grades.
    remarks: tuple[str, ...] = ()
    #: Cells that a human must look at because the graders could not decide.
    not_judged: tuple[str, ...] = ()
    error: str = ""
    #: What is different from the group's earlier result.
    changes: tuple[CellChange, ...] = ()

    @property
    def needs_attention(self) -> bool:
        """Whether a person has to do something about it, besides marking texts."""
        return bool(self.error or self.not_judged)


class GradeReport(msgspec.Struct, frozen=True, kw_only=True):
    """What ``grade`` did."""

    sheet: str
    isolation: str
    workers: int
    seconds: float
    #: Nothing was written.
    dry_run: bool
    #: It was stopped before all were done.
    interrupted: bool
    groups: tuple[GroupReport, ...]
    #: Seconds of all submissions graded now, by stage.
    stages: Stages = Stages()

    def having(self, status: str) -> list[GroupReport]:
        """Return the groups of which ``status`` became."""
        return [group for group in self.groups if group.status == status]


def group_report(status: str, result: SubmissionResult, changes: tuple[CellChange, ...] = ()) -> GroupReport:
    """Return what there is to say about one group's result."""
    automatic = [cell for cell in result.cells if cell.outcome is not None]
    return GroupReport(
        group=result.group,
        status=status,
        points=result.points,
        max_points=result.max_points,
        unmarked_points=sum(cell.max_points for cell in result.cells if cell.points is None),
        remarks=(
            *(() if result.error else _remarks(automatic)),
            *(note for note in result.notes if note not in result.error),
        ),
        not_judged=tuple(
            cell.grade_id for cell in automatic if cell.outcome is Outcome.NOT_JUDGED and not result.error
        ),
        error=result.error,
        changes=changes,
    )


def added(stages: Sequence[Stages]) -> Stages:
    """Return the stages of many submissions as one."""
    return Stages(**{name: sum(getattr(each, name) for each in stages) for name in Stages.__struct_fields__})


def tell(report: GradeReport, output: Output, *, results_folder: str, verbose: bool) -> None:
    """Write the summary for people."""
    graded, skipped, failed = report.having("graded"), report.having("already graded"), report.having("not graded")
    _tell_scores(report, output, results_folder)
    if any(group.changes for group in graded):
        _tell_changes(graded, output)
    if verbose and graded:
        _tell_stages(report, len(graded), output)
    done = "judged, nothing written" if report.dry_run else "graded"
    counts = [f"{counted(len(graded), 'submission')} {done}, {report.seconds:.1f} s"]
    if skipped:
        counts.append(f"{len(skipped)} already graded and unchanged (--force grades them again)")
    if failed:
        counts.append(f"{len(failed)} not graded")
    if noted := [group for group in graded if group.remarks]:
        counts.append(f"{len(noted)} with remarks")
    output.say("; ".join(counts) + ".", "bold")
    needing = [group for group in report.groups if group.needs_attention]
    if needing:
        output.say(f"A person has to look at {listed([group.group for group in needing])}.", "yellow")
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
                "–" if group.status == "not graded" else number(group.points),
                number(group.max_points),
                number(group.unmarked_points),
                "\n".join(
                    shortened(text, 300) for text in ([group.error] if group.error else []) + list(group.remarks)[:4]
                ),
            )
            for group in shown
        ],
        numbers=(1, 2, 3),
    )
    if len(report.groups) > len(shown):
        output.say(f"… and {len(report.groups) - len(shown)} more, all in {results_folder}")
    points = [group.points for group in report.groups if group.status != "not graded"]
    if len(points) > 1:
        output.say(
            f"So far from {number(min(points))} to {number(max(points))} points, median"
            f" {number(statistics.median(points))}."
        )


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


def _remarks(cells: Sequence[CellResult]) -> list[str]:
    by_outcome: dict[Outcome, list[str]] = {}
    for cell in cells:
        for outcome in dict.fromkeys([*(criterion.outcome for criterion in cell.criteria), cell.outcome]):
            if outcome in _TOLD_APART:
                by_outcome.setdefault(outcome, []).append(cell.grade_id.removesuffix("_test"))
    return [f"{listed(names)} {_TOLD_APART[outcome]}" for outcome, names in by_outcome.items()]


def _points(value: float | None) -> str:
    return "–" if value is None else number(value)
