"""The marks that one answer was given one after another: which counts, and what comes back when it is taken back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from sheetgrader.marking.model import THE_GRADEBOOK, Mark
from sheetgrader.store.decisions import AnyDecision, HandedOver, Marked, SecondLook, Unmarked


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided about the answer to one cell, oldest first."""

    marks: tuple[Marked | Unmarked, ...] = ()
    second_look: SecondLook | None = None
    handed_over: HandedOver | None = None

    @property
    def counts(self) -> Marked | Unmarked | None:
        """The line that counts: a mark, or a comment that stands there without one; None where there is nothing."""
        return _at(self.marks, _counts(self.marks, len(self.marks) - 1))

    @property
    def before(self) -> Marked | Unmarked | None:
        """The line that counts again where the one that counts now is taken back; None for none."""
        return _at(self.marks, _counts(self.marks, _counts(self.marks, len(self.marks) - 1) - 1))

    @property
    def last(self) -> datetime | None:
        """When the last mark was given or taken back."""
        return self.marks[-1].when if self.marks else None


def histories(decisions: Iterable[AnyDecision]) -> dict[tuple[str, str], History]:
    """Return the history of each answer of a group, by notebook and ``grade_id``."""
    marks: dict[tuple[str, str], list[Marked | Unmarked]] = {}
    looks: dict[tuple[str, str], SecondLook] = {}
    handed: dict[tuple[str, str], HandedOver] = {}
    for decision in decisions:
        match decision:
            case Marked() | Unmarked():
                marks.setdefault((decision.notebook, decision.grade_id), []).append(decision)
            case SecondLook():
                looks[decision.notebook, decision.grade_id] = decision
            case HandedOver():
                handed[decision.notebook, decision.grade_id] = decision
    return {
        key: History(marks=tuple(marks.get(key, ())), second_look=looks.get(key), handed_over=handed.get(key))
        for key in {**marks, **looks, **handed}
    }


def mark_of(line: Marked) -> Mark:
    """Return what a line gives."""
    return Mark(applied=line.applied, adjustment=line.adjustment, comment=line.comment, comments=line.comments)


def is_of_gradebook(line: Marked | Unmarked) -> bool:
    """Say whether a line was written down for a mark that others gave in the gradebook."""
    return line.by == THE_GRADEBOOK


def time_after(decisions: Iterable[AnyDecision], wanted: datetime | None = None) -> datetime:
    """Return when something is decided now: after all that was, so that each line can be told by its time."""
    now = datetime.now(UTC)
    time = now if wanted is None else min(wanted.astimezone(UTC), now)
    last = max((decision.when for decision in decisions), default=None)
    return time if last is None or time > last else last + timedelta(microseconds=1)


def version_of(parts: Sequence[object]) -> str:
    """Return a token for what ``parts`` say."""
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:24]


def _at(marks: Sequence[Marked | Unmarked], position: int) -> Marked | Unmarked | None:
    return marks[position] if position >= 0 else None


def _counts(marks: Sequence[Marked | Unmarked], position: int) -> int:
    """Return the position of the line that counts after that at ``position``; -1 for none."""
    if position < 0:
        return -1
    line = marks[position]
    if isinstance(line, Marked) or line.comment:
        return position
    if line.back_to is None:
        return -1
    return next((earlier for earlier in range(position - 1, -1, -1) if marks[earlier].when == line.back_to), -1)
