"""What became of a class: typed reports, for people's tables and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from sheetgrader.report.words import listed
from sheetgrader.results import CellResult, Outcome, Stages, SubmissionResult
from sheetgrader.store.kept_results import CellChange
from sheetgrader.store.open_matters import FLAGGED, Action, Matter
from sheetgrader.store.standing import GroupStanding

#: How a group's submission fared.
GRADED: Final = "graded"
ALREADY_GRADED: Final = "already graded"
NOT_GRADED: Final = "not graded"
PUT_RIGHT: Final = "put right"

_TOLD_APART: Final = {
    Outcome.TIMED_OUT: "took too long",
    Outcome.OUT_OF_MEMORY: "used too much memory",
    Outcome.OUT_OF_PROCESSES: "started too many processes",
    Outcome.OUT_OF_DISK: "wrote too much to the disk",
    Outcome.KERNEL_DIED: "ended the kernel",
    Outcome.NOT_JUDGED: "could not be judged",
}


class GroupReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one group."""

    group: str
    #: ``graded``, ``already graded``, ``put right`` where only the gradebook had to be, or ``not graded`` where nothing
    #: could be made of what was handed in.
    status: str
    #: Points so far, what the whole sheet gives, and how much of that a human has still to decide on. Of what is
    #: recorded: tests, marks and the late penalty; where nothing is written, what the tests gave.
    points: float = 0.0
    max_points: float = 0.0
    unmarked_points: float = 0.0
    #: What being late cost.
    penalty: float = 0.0
    #: In plain words, for whoever grades.
    remarks: tuple[str, ...] = ()
    #: Cells that a human must look at because the graders could not decide.
    not_judged: tuple[str, ...] = ()
    error: str = ""
    #: What is different from the group's earlier result.
    changes: tuple[CellChange, ...] = ()
    #: What is open, and for whom.
    open: tuple[Matter, ...] = ()
    #: The place of the group waits for no points: ``zero``, ``excused`` or ``awaiting``.
    settled: str = ""

    @property
    def needs_attention(self) -> bool:
        """Whether a person has to do something about it, besides marking texts."""
        return not self.settled and bool(self.error or self.not_judged or self._is_flagged)

    @property
    def look_again(self) -> list[Matter]:
        """Return the marks that somebody has to look at again."""
        return [matter for matter in self.open if matter.action is Action.LOOK_AGAIN]

    @property
    def _is_flagged(self) -> bool:
        return any(matter.action in FLAGGED for matter in self.open)


class GradeReport(msgspec.Struct, frozen=True, kw_only=True):
    """What grading a class did."""

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
    #: Sentences about the course and the sheet, for instructors.
    remarks: tuple[str, ...] = ()
    #: Folders in ``submitted/`` whose names are no text, so that nobody is graded for them.
    unnamed: tuple[str, ...] = ()

    def having(self, status: str) -> list[GroupReport]:
        """Return the groups of which ``status`` became."""
        return [group for group in self.groups if group.status == status]


def group_report(status: str, result: SubmissionResult, changes: tuple[CellChange, ...] = ()) -> GroupReport:
    """Return what there is to say about one group's result."""
    automatic = [cell for cell in result.cells if cell.outcome is not None]
    notes = (note for note in result.notes if note not in result.error)
    return GroupReport(
        group=result.group,
        status=status,
        points=result.points,
        max_points=result.max_points,
        unmarked_points=sum(cell.max_points for cell in result.cells if cell.points is None),
        remarks=(*(() if result.error else _remarks(automatic)), *notes),
        not_judged=tuple(
            cell.grade_id for cell in automatic if cell.outcome is Outcome.NOT_JUDGED and not result.error
        ),
        error=result.error,
        changes=changes,
    )


def with_standing(report: GroupReport, standing: GroupStanding) -> GroupReport:
    """Return a report with the points and open matters of a group as they are recorded."""
    undecided = {matter.grade_id for matter in standing.open_for(Action.MEND_GRADER)}
    is_open = bool(standing.open_for(Action.SETTLE))
    return msgspec.structs.replace(
        report,
        points=standing.points if standing.final is None else standing.final,
        max_points=standing.max_points,
        unmarked_points=standing.open_points,
        penalty=standing.penalty,
        not_judged=tuple(name for name in report.not_judged if name in undecided),
        error=report.error if is_open or report.status == NOT_GRADED else "",
        open=standing.open,
        settled="" if standing.settled is None else standing.settled.kind.value,
    )


def added(stages: Sequence[Stages]) -> Stages:
    """Return the stages of many submissions as one."""
    return Stages(**{name: sum(getattr(each, name) for each in stages) for name in Stages.__struct_fields__})


def _remarks(cells: Sequence[CellResult]) -> list[str]:
    by_outcome: dict[Outcome, list[str]] = {}
    unstable = [cell for cell in cells if any(criterion.unstable for criterion in cell.criteria)]
    for cell in cells:
        for outcome in dict.fromkeys([*(criterion.outcome for criterion in cell.criteria), cell.outcome]):
            if outcome in _TOLD_APART and not (outcome is Outcome.NOT_JUDGED and cell in unstable):
                by_outcome.setdefault(outcome, []).append(cell.grade_id.removesuffix("_test"))
    told = [f"{listed(names)} {_TOLD_APART[outcome]}" for outcome, names in by_outcome.items()]
    return told + [_unstable(cell) for cell in unstable]


def _unstable(cell: CellResult) -> str:
    names = [criterion.name.rpartition("::")[2] for criterion in cell.criteria if criterion.unstable]
    return (
        f"{cell.grade_id.removesuffix('_test')} is unstable: the same answer was judged more than once and not always"
        f" alike by {listed(names)}; a person decides"
    )
