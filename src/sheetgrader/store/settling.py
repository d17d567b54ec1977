"""What people decide about a group's submission: written down, and the gradebook made to follow."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping

from sheetgrader.boundary.plain_text import is_plain_name
from sheetgrader.course.directory import Sheet
from sheetgrader.course.submissions import TIMESTAMP_FILE, read_what_can_be, submission_digest
from sheetgrader.errors import UsageError
from sheetgrader.store.decisions import Extended, LookedAt, Reopened, Settled, SettlementKind, add_decisions, now
from sheetgrader.store.final_scores import FinalScore, read_final_scores
from sheetgrader.store.gradebook import gradebook_writer
from sheetgrader.store.kept_results import read_result
from sheetgrader.store.open_matters import Action, Matter
from sheetgrader.store.standing import GroupStanding
from sheetgrader.store.standings import read_standings


class Settling:
    """Decides about one group, in somebody's name."""

    def __init__(self, sheet: Sheet, group: str, *, by: str, is_new: bool = False) -> None:
        """Prepare it.

        Args:
            sheet: which sheet.
            group: whose.
            by: who decides.
            is_new: nobody has to have heard of the group yet.

        Raises:
            UsageError: nobody of that name has handed in or is registered, or no group can have it.
            SheetgraderError: the gradebook cannot be read.
        """
        self._sheet = sheet
        self._group = group
        self._by = by
        if is_new:
            if group in {"", ".", ".."} or "/" in group or not is_plain_name(group):
                raise UsageError(f"{group!r} cannot be the name of a group; write the name of its folder in submitted/")
            return
        known = read_standings(sheet)
        if group not in known:
            raise UsageError(_unknown(group, known))

    def settle(self, kind: SettlementKind, why: str) -> GroupStanding:
        """Let the group's place wait for points no more, until it hands in something else.

        Raises:
            GradebookError: it cannot be written.
        """
        digest = submission_digest(self._sheet, self._group)
        return self._decided(Settled(by=self._by, when=now(), why=why, kind=kind, handed_in=digest))

    def reopen(self, why: str) -> GroupStanding:
        """Take a settlement back.

        Raises:
            UsageError: there is none.
            GradebookError: it cannot be written.
        """
        if self._standing().settled is None:
            raise UsageError(f"{self._group} is not settled, so there is nothing to reopen")
        return self._decided(Reopened(by=self._by, when=now(), why=why))

    def extend(self, seconds: float, why: str) -> GroupStanding:
        """Let the group hand in later by ``seconds`` than the others, and put its late penalty right.

        Raises:
            GradebookError: the gradebook cannot be written, or does not know the sheet.
        """
        with gradebook_writer(self._sheet) as writer:
            writer.extend(self._group, seconds)
            add_decisions(self._sheet, self._group, [Extended(by=self._by, when=now(), why=why, seconds=seconds)])
            earlier = read_result(self._sheet, self._group)
            timestamp = read_what_can_be(self._sheet, self._group).files.get(TIMESTAMP_FILE)
            is_recorded = writer.score(self._group) is not None
            if earlier is not None and is_recorded and not writer.is_right(earlier, timestamp):
                writer.put_right(earlier, timestamp)
        return self._standing()

    def confirm(self, cells: Collection[str], why: str) -> tuple[GroupStanding, tuple[Matter, ...]]:
        """Say that somebody has looked again at marks, and that they hold.

        Args:
            cells: the names of questions or cells; all that are to be looked at again where it is empty.
            why: in the words of whoever looked.

        Returns:
            the standing then, and what was confirmed.

        Raises:
            UsageError: there is nothing to look at again, or there are no points yet that could hold.
            GradebookError: it cannot be written.
        """
        before = self._standing()
        matters = tuple(
            matter
            for matter in before.open_for(Action.LOOK_AGAIN)
            if not cells or matter.grade_id in cells or matter.question in cells
        )
        if not matters:
            of = f" of {', '.join(cells)}" if cells else ""
            raise UsageError(f"no mark{of} of {self._group} waits for another look")
        score = read_final_scores(self._sheet)[self._group]
        matters = confirmable(matters, score)
        keys = {(matter.notebook, matter.grade_id) for matter in matters}
        points = {(cell.notebook, cell.grade_id): cell.points for cell in score.cells}
        with gradebook_writer(self._sheet) as writer:
            writer.confirm(self._group, keys)
        add_decisions(
            self._sheet,
            self._group,
            [
                LookedAt(
                    by=self._by,
                    when=now(),
                    why=why,
                    notebook=matter.notebook,
                    grade_id=matter.grade_id,
                    points=points[matter.notebook, matter.grade_id],
                )
                for matter in matters
            ],
        )
        return self._standing(), matters

    def _decided(self, decision: Settled | Reopened) -> GroupStanding:
        add_decisions(self._sheet, self._group, [decision])
        return self._standing()

    def _standing(self) -> GroupStanding:
        return read_standings(self._sheet, [self._group])[self._group]


def confirmable(matters: Collection[Matter], score: FinalScore) -> tuple[Matter, ...]:
    """Return those of ``matters`` that are about cells with points. Without its flag, a cell that has none would not be
    in the formgrader's list any more, and still wait.

    Raises:
        UsageError: there are none.
    """
    decided = {(cell.notebook, cell.grade_id) for cell in score.cells if not cell.is_undecided}
    found = tuple(matter for matter in matters if (matter.notebook, matter.grade_id) in decided)
    if not found:
        names = ", ".join(matter.grade_id for matter in matters)
        raise UsageError(f"{score.group} has no points for {names} yet that could hold; give them in the formgrader")
    return found


def _unknown(group: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(group, known, n=3)
    hint = f"did you mean {' or '.join(near)}? Otherwise" if near else "if the name is right,"
    return f"nobody called {group!r} has handed in or is registered; {hint} add --new"
