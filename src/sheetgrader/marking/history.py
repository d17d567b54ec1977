"""The marks that one answer was given one after another: which counts, and what comes back when it is taken back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from sheetgrader.marking.model import THE_GRADEBOOK, CurrentMark, Mark
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
    def counted_before_last(self) -> Marked | Unmarked | None:
        """The line that counted before the last was written."""
        return _at(self.marks, _counts(self.marks, len(self.marks) - 2))

    @property
    def is_second_look_wanted(self) -> bool:
        """Whether somebody is to look at the answer a second time."""
        return self.second_look is not None and self.second_look.is_wanted

    @property
    def handed_to(self) -> str:
        """The marker who is to mark it; empty for nobody in particular."""
        return self.handed_over.to if self.handed_over is not None else ""

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


def token(seen: object) -> str:
    """Return the same for the same, of what can be written as JSON."""
    return hashlib.sha256(msgspec.json.encode(seen)).hexdigest()[:16]


def version_of(mark: CurrentMark | None, digest: str) -> str:
    """Return a token for the mark and the answer that somebody sees."""
    said = None if mark is None else msgspec.structs.replace(mark, is_by_earlier_rubric=False)
    return f"{digest[:12]}.{token((said, digest))}"


def is_of_other_answer(version: str, digest: str) -> bool:
    """Say whether a version is one of another answer."""
    return not version.startswith(f"{digest[:12]}.")


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
