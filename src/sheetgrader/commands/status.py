"""``sheetgrader status``: where everybody stands, and who has to act."""

from __future__ import annotations

import csv
import enum
import sys
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sheetgrader.boundary.plain_text import shortened
from sheetgrader.commands.output import Output
from sheetgrader.course.durations import duration_text
from sheetgrader.errors import CourseError, UsageError
from sheetgrader.report.spreadsheets import as_text
from sheetgrader.report.words import counted, listed, number

if TYPE_CHECKING:
    # Importing these takes time.
    from sheetgrader.course.directory import Course
    from sheetgrader.report.class_statistics import ClassStatistics
    from sheetgrader.store.standing import GroupStanding

_CRITERIA: Final = 10


class Sorting(enum.Enum):
    """In which order groups are listed."""

    GROUP = "group"
    POINTS = "points"
    LATE = "late"
    OPEN = "open"


class SheetStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One sheet in a few numbers."""

    sheet: str
    #: None where the sheet cannot be read.
    handed_in: int | None = None
    graded: int | None = None
    #: Groups in which something is open, by what has to be done.
    open: dict[str, int] = {}
    median: float | None = None
    max_points: float | None = None
    #: Why it cannot be read, as a sentence.
    trouble: str = ""


class CourseStatus(msgspec.Struct, frozen=True, kw_only=True):
    """All sheets of a course."""

    sheets: tuple[SheetStatus, ...]


class GroupsStatus(msgspec.Struct, frozen=True, kw_only=True):
    """All groups of a sheet that were asked for, and how the whole class did."""

    sheet: str
    groups: tuple[GroupStanding, ...]
    statistics: ClassStatistics


def status(
    folder: Path,
    name: str,
    output: Output,
    *,
    only_open: bool,
    only_late: bool,
    only_flagged: bool,
    sorting: Sorting,
    as_csv: bool,
) -> int:
    """Show where a course or a sheet stands, and return the exit code.

    Raises:
        SheetgraderError: the course, the sheet, the gradebook or what was decided cannot be read.
    """
    if as_csv and output.json:
        raise UsageError("--json and --csv do not go together; give one of them")
    if not name and (only_open or only_late or only_flagged or as_csv or sorting is not Sorting.GROUP):
        raise UsageError("--open, --late, --flagged, --sort and --csv choose among a sheet's groups; name a sheet")
    with output.waiting("Reading the gradebook"):
        from sheetgrader.course.directory import Course
        from sheetgrader.report.class_statistics import class_statistics
        from sheetgrader.store.standings import read_standings

        course = Course.load(folder)
        if not name:
            return _tell_course(course, output)
        standings = list(read_standings(course.sheet(name)).values())
    chosen = [
        each
        for each in standings
        if (not only_open or each.open) and (not only_late or each.is_late) and (not only_flagged or each.is_flagged)
    ]
    chosen.sort(key=_ORDER[sorting])
    if as_csv:
        _write_csv(chosen)
        return 0
    found = class_statistics(standings)
    if output.json:
        output.document(GroupsStatus(sheet=name, groups=tuple(chosen), statistics=found))
        return 0
    if not standings:
        output.say(f"Nobody has handed in {name}; take in what was handed in with: sheetgrader intake {name} PATH")
        return 0
    _tell_groups(chosen, output)
    if len(chosen) < len(standings):
        output.say(f"{len(chosen)} of {counted(len(standings), 'group')} shown.")
    if not (only_open or only_late or only_flagged):
        _tell_statistics(found, sum(each.open_points > 0 for each in standings), output)
    _tell_open(standings, output)
    return 0


def _tell_course(course: Course, output: Output) -> int:
    sheets = tuple(_sheet_status(course, name) for name in course.sheets())
    output.document(CourseStatus(sheets=sheets))
    if not sheets:
        output.say(f"{course.source_folder} holds no sheet yet.")
        return 0
    output.table(
        ("sheet", "handed in", "graded", "median", "of", "open"),
        [
            (
                each.sheet,
                "–" if each.handed_in is None else str(each.handed_in),
                "–" if each.graded is None else str(each.graded),
                "–" if each.median is None else number(each.median),
                "–" if each.max_points is None else number(each.max_points),
                "; ".join(f"{what}: {counted(count, 'group')}" for what, count in each.open.items()),
            )
            for each in sheets
        ],
        numbers=(1, 2, 3, 4),
    )
    troubles = [f"{each.sheet}: {each.trouble}" for each in sheets if each.trouble]
    for trouble in troubles:
        output.warn(trouble)
    return 1 if troubles else 0


def _sheet_status(course: Course, name: str) -> SheetStatus:
    from sheetgrader.report.class_statistics import class_statistics
    from sheetgrader.store.facts import State
    from sheetgrader.store.standings import read_standings

    try:
        standings = read_standings(course.sheet(name)).values()
    except CourseError as error:
        # The others are not concerned.
        return SheetStatus(sheet=name, trouble=str(error))
    final = class_statistics(standings).final
    return SheetStatus(
        sheet=name,
        handed_in=sum(each.state is not State.NOT_HANDED_IN for each in standings),
        graded=sum(each.state is State.GRADED for each in standings),
        open=_open_by_action(standings),
        median=None if final is None else final.median,
        max_points=max((each.max_points for each in standings), default=0.0),
    )


def _open_by_action(standings: Collection[GroupStanding]) -> dict[str, int]:
    return dict(Counter(action.value for each in standings for action in {matter.action for matter in each.open}))


_ORDER: Final[dict[Sorting, Callable[[GroupStanding], Any]]] = {
    Sorting.GROUP: lambda each: each.group,
    Sorting.POINTS: lambda each: (-(each.final or 0.0), each.group),
    Sorting.LATE: lambda each: (-each.handed_in.seconds_late, each.group),
    Sorting.OPEN: lambda each: (-len(each.open), each.group),
}


def _tell_groups(standings: Sequence[GroupStanding], output: Output) -> None:
    if not standings:
        return
    output.table(
        ("group", "state", "points", "of", "to mark", "what is open"),
        [
            (
                f"{each.group} ({each.names})" if each.names else each.group,
                _state(each),
                "–" if each.final is None else number(each.final),
                number(each.max_points),
                number(each.open_points),
                "\n".join(_matters(each)),
            )
            for each in standings
        ],
        numbers=(2, 3, 4),
    )


def _state(standing: GroupStanding) -> str:
    words = [standing.state.value if standing.settled is None else f"settled: {standing.settled.kind.value}"]
    if standing.is_late:
        words.append(f"{duration_text(standing.handed_in.seconds_late)} late")
    if standing.handed_in.extension_seconds:
        words.append(f"extension of {duration_text(standing.handed_in.extension_seconds)}")
    if standing.penalty:
        words.append(f"penalty {number(standing.penalty)}")
    return ", ".join(words)


def _matters(standing: GroupStanding) -> list[str]:
    """Return what is open, the answers to mark in one line."""
    from sheetgrader.store.open_matters import Action

    lines = []
    if marks := standing.open_for(Action.MARK):
        lines.append(f"{Action.MARK.value}: {listed([matter.question or matter.grade_id for matter in marks])}")
    for matter in standing.open:
        if matter.action is not Action.MARK or matter.why:
            about = f" {matter.question}" if matter.question else ""
            lines.append(shortened(f"{matter.action.value}{about}: {matter.why}", 300))
    return lines


def _tell_statistics(found: ClassStatistics, unmarked: int, output: Output) -> None:
    if found.final is None:
        return
    final = found.final
    so_far = f" {counted(unmarked, 'group')} with points to mark, which count 0 so far." if unmarked else ""
    output.say(
        f"{counted(final.groups, 'group')}: mean {number(final.mean)}, standard deviation"
        f" {number(final.standard_deviation)}, from {number(final.minimum)} to {number(final.maximum)}, quartiles"
        f" {number(final.lower_quartile)}, {number(final.median)}, {number(final.upper_quartile)}.{so_far}",
        "bold",
    )
    output.table(
        ("question", "of", "groups", "mean", "all points", "none", "discrimination"),
        [
            (
                each.name,
                number(each.max_points),
                str(each.groups),
                "–" if each.mean_share is None else f"{100 * each.mean_share:.0f} %",
                str(each.full),
                str(each.none),
                "–" if each.discrimination is None else f"{each.discrimination:.2f}",
            )
            for each in found.questions
        ],
        numbers=(1, 2, 3, 4, 5, 6),
    )
    if found.lost:
        output.say("Most often lost:")
        output.table(
            ("question", "criterion", "groups", "commonest reason"),
            [
                (
                    each.question,
                    shortened(each.rubric or each.test, 200),
                    str(each.groups),
                    f"{each.reason} ({each.groups_of_reason}×)",
                )
                for each in found.lost[:_CRITERIA]
            ],
            numbers=(2,),
        )


def _tell_open(standings: Sequence[GroupStanding], output: Output) -> None:
    from sheetgrader.store.facts import State
    from sheetgrader.store.open_matters import Action

    missing = [each.group for each in standings if each.state is State.NOT_HANDED_IN and each.settled is None]
    if missing:
        output.say(f"{len(missing)} handed in nothing: {listed(missing)}.")
    for action in Action:
        groups = [each.group for each in standings if each.open_for(action)]
        if groups:
            output.say(f"{action.who} {_TO_DO[action.value]}: {listed(groups)}.", "yellow")
    if not any(each.open for each in standings):
        output.say("Nothing is open.", "bold")


_TO_DO: Final = {
    "grade": "has to grade (sheetgrader grade)",
    "mark": "has to mark (sheetgrader mark)",
    "look again": "has to look again (sheetgrader mark; or a mark holds: sheetgrader settle SHEET GROUP --looked-at)",
    "settle": "has to settle what cannot be graded (sheetgrader settle)",
    "mend a grader": "has to mend a grader, or give points by hand",
    "answer": "has to answer objections (sheetgrader answer)",
}


def _write_csv(standings: Sequence[GroupStanding]) -> None:
    questions = list(dict.fromkeys((each.notebook, each.name) for of in standings for each in of.questions))
    several = len({notebook for notebook, _ in questions}) > 1
    writer = csv.writer(sys.stdout)
    writer.writerow(
        ["group", "names", "state", "handed_in", "seconds_late", "extension_seconds"]
        + [f"{notebook}:{name}" if several else name for notebook, name in questions]
        + ["points", "bonus", "penalty", "final", "max_points", "to_mark", "settled", "open"]
    )
    for each in standings:
        points = {(question.notebook, question.name): question.points for question in each.questions}
        when = each.handed_in.when
        row = [
            as_text(each.group),
            as_text(each.names),
            each.state.value,
            "" if when is None else f"{when:%Y-%m-%d %H:%M:%S}",
            f"{each.handed_in.seconds_late:.0f}",
            f"{each.handed_in.extension_seconds:.0f}",
            *(number(points[key]) if key in points else "" for key in questions),
            number(each.points),
            number(each.bonus),
            number(each.penalty),
            "" if each.final is None else number(each.final),
            number(each.max_points),
            number(each.open_points),
            "" if each.settled is None else each.settled.kind.value,
            as_text("; ".join(_matters(each))),
        ]
        writer.writerow(row)
