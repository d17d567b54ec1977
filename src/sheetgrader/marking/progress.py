"""How far marking is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from sheetgrader.marking.answer_index import CellKey
from sheetgrader.marking.model import CurrentMark, QuestionProgress, is_open


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What progress has to know of one answer."""

    mark: CurrentMark | None
    auto_points: float | None
    is_second_look_wanted: bool
    handed_to: str
    #: Of an answer that tests judge: nobody has to mark it, unless they could not.
    is_by_hand: bool

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to mark it, or to look at its mark again."""
        return is_open(self.mark, self.auto_points)


def count(cell: CellKey, answers: Iterable[Counted]) -> QuestionProgress:
    """Return how far the marking of a question is."""
    found = list(answers)
    wanted = [one for one in found if one.is_by_hand or one.auto_points is None]
    markers = Counter(
        one.mark.by for one in wanted if not one.is_open and one.mark is not None and one.mark.points is not None
    )
    handed = Counter(one.handed_to for one in wanted if one.is_open and one.handed_to)
    return QuestionProgress(
        notebook=cell[0],
        grade_id=cell[1],
        answers=len(wanted),
        done=sum(not one.is_open for one in wanted),
        by_marker=dict(sorted(markers.items())),
        second_looks=sum(one.is_second_look_wanted for one in found),
        by_earlier_rubric=sum(one.mark is not None and one.mark.is_by_earlier_rubric for one in found),
        handed_over=dict(sorted(handed.items())),
    )
