"""Which groups and which workers a command is about."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sheetgrader.errors import UsageError

if TYPE_CHECKING:
    # Importing it takes time, and a zygote may have to start before that.
    from sheetgrader.course.directory import Sheet


def chosen_groups(wanted: Sequence[str], present: Sequence[str], *, where: str, nobody: str) -> list[str]:
    """Return the groups a command is about: those asked for, or else all.

    Raises:
        UsageError: one that was asked for is not there, or there is none at all, which ``nobody`` says.
    """
    if not present:
        raise UsageError(nobody)
    missing = [group for group in wanted if group not in present]
    if missing:
        near = difflib.get_close_matches(missing[0], present, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else f"; {len(present)} others have"
        raise UsageError(f"the group {missing[0]!r} has nothing in {where}{hint}")
    return list(dict.fromkeys(wanted)) or list(present)


def number_of_workers(asked: int, setting: int) -> int:
    """Return how many submissions to grade at a time: the command line's number, the course's, or one for each core
    this process may use.
    """
    return asked or setting or len(os.sched_getaffinity(0))


def groups_that_handed_in(sheet: Sheet, wanted: Sequence[str] = ()) -> list[str]:
    """Return the groups that handed in ``sheet``: those asked for, or else all.

    Raises:
        UsageError: one that was asked for has not, or nobody has.
    """
    unnamed = sheet.unnamed_submissions()
    hint = f"; names that are no UTF-8 cannot be graded: {', '.join(unnamed[:5])}" if unnamed else ""
    return chosen_groups(
        wanted,
        sheet.submissions(),
        where=f"{sheet.course.coursedir.submitted_directory}/ for {sheet.name}",
        nobody=(
            f"nobody has handed in {sheet.name}: put each group's files into {sheet.submitted_folder('GROUP')}{hint}"
        ),
    )
