"""``sheetgrader settle``: what people decide about a group, in the place of points."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sheetgrader.commands.output import Output
from sheetgrader.commands.users import user_name
from sheetgrader.course.durations import duration_text, parse_duration
from sheetgrader.errors import UsageError
from sheetgrader.report.words import listed, number

if TYPE_CHECKING:
    # Importing these takes time.
    from sheetgrader.store.settling import Settling
    from sheetgrader.store.standing import GroupStanding

_CHOICES: Final = "--zero, --excused, --awaiting, --extension, --looked-at or --reopen"


def settle(
    folder: Path,
    name: str,
    group: str,
    output: Output,
    *,
    kinds: Sequence[str],
    extension: str,
    looked_at: bool,
    reopen: bool,
    cells: Collection[str],
    why: str,
    by: str,
    is_new: bool,
) -> int:
    """Decide about a group's submission, and return the exit code.

    Raises:
        UsageError: not exactly one thing is to be decided, no reason is given, or nobody has heard of the group.
        SheetgraderError: the course, the sheet or the gradebook cannot be read, or the decision cannot be written.
    """
    chosen = [*kinds, *(["extension"] if extension else []), *(["looked at"] if looked_at else [])]
    chosen += ["reopen"] if reopen else []
    if len(chosen) != 1:
        raise UsageError(f"give exactly one of {_CHOICES}")
    if not why.strip() and not looked_at:
        raise UsageError('say why, for whoever reads it later: --why "…"')
    if cells and not looked_at:
        raise UsageError("--cell goes with --looked-at only")
    seconds = parse_duration(extension) if extension else 0.0
    with output.waiting("Reading the gradebook"):
        from sheetgrader.course.directory import Course
        from sheetgrader.store.decisions import SettlementKind
        from sheetgrader.store.settling import Settling

        sheet = Course.load(folder).sheet(name)
        settling = Settling(sheet, group, by=by or user_name(), is_new=is_new)
    if looked_at:
        standing = _confirm(settling, cells, why, output)
    elif extension:
        standing = settling.extend(seconds, why)
        granted = f"may hand in {duration_text(seconds)} later" if seconds else "may hand in no later than the others"
        output.say(f"{group} {granted}; its late penalty is {number(standing.penalty)}.", "bold")
    elif reopen:
        standing = settling.reopen(why)
        output.say(f"{group} is not settled any more.", "bold")
    else:
        standing = settling.settle(SettlementKind(chosen[0]), why)
        output.say(f"{group} is settled: {_MEANS[chosen[0]]}. Handing in something else undoes it.", "bold")
    output.document(standing)
    return 0


_MEANS: Final = {
    "zero": "0 points, whatever was handed in",
    "excused": "the sheet does not count for it",
    "awaiting": "its place waits until it hands in",
}


def _confirm(settling: Settling, cells: Collection[str], why: str, output: Output) -> GroupStanding:
    standing, matters = settling.confirm(cells, why)
    for matter in matters:
        output.say(f"{matter.question}: {matter.why}")
    names = listed(list(dict.fromkeys(matter.question for matter in matters)))
    points = number(standing.points)
    output.say(f"The marks on {names} hold for what is there now; {standing.group} has {points} points.", "bold")
    return standing
