"""What an answer can earn, and what it earns where some items apply: the types of rubrics, and the arithmetic."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping

import msgspec

from sheetgrader.results import rounded


class Rule(enum.Enum):
    """What an item does to the points of what it stands in: of another item, or of the whole question."""

    #: Its points are added. Where credits in it apply, these count in the place of its own.
    CREDIT = "credit"
    #: Its points are subtracted.
    DEDUCTION = "deduction"
    #: There are no more than its points in all.
    CAP = "cap"
    #: There are its points, and nothing else that is added there counts.
    INSTEAD = "instead"
    #: The best of its items counts, each with what stands in it.
    ONE_OF = "one of"
    #: Nothing; it is there to be read. Items that stand in it belong together, and count as if they stood alone.
    NOTE = "note"


class Item(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a rubric."""

    #: Stays the same when the item is reworded; one in its rubric.
    id: str
    rule: Rule = Rule.CREDIT
    #: Never negative; without meaning for a note, and for what a group of alternatives is worth.
    points: float = 0.0
    #: Markdown with LaTeX.
    text: str = ""
    #: It may apply several times.
    each: bool = False
    #: No more than this in all, however often it applies.
    at_most: float | None = None
    items: tuple[Item, ...] = ()

    @property
    def can_apply(self) -> bool:
        """Whether a tutor can say of it that it applies."""
        return self.rule not in {Rule.NOTE, Rule.ONE_OF}


class Rubric(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the answer to one cell can earn."""

    notebook: str
    grade_id: str
    #: What the cell is worth; 0 for a cell whose points are all extra credit.
    max_points: float
    items: tuple[Item, ...] = ()

    def all_items(self) -> Iterator[Item]:
        """Yield every item, each before those that stand in it."""
        return flat(self.items)

    @property
    def is_prose(self) -> bool:
        """Whether there is nothing in it that a tutor could say applies."""
        return not any(item.can_apply for item in self.all_items())


def points(rubric: Rubric, applied: Mapping[str, int]) -> float:
    """Return what an answer earns: at least 0, at most what the items reach, rounded as points are shown.

    Args:
        rubric: of the cell.
        applied: how often each item applies, by id; items that the rubric does not have count nothing.
    """
    return rounded(min(_scope(rubric.items, applied), reach(rubric.items)))


def reach(items: tuple[Item, ...]) -> float:
    """Return the most that ``items`` can come to."""
    return rounded(sum(_reach(item) for item in items))


def flat(items: tuple[Item, ...]) -> Iterator[Item]:
    """Yield ``items`` with all that stand in them, each before those in it."""
    for item in items:
        yield item
        yield from flat(item.items)


def _reach(item: Item) -> float:
    match item.rule:
        case Rule.CREDIT:
            return item.points if item.at_most is None else item.at_most
        case Rule.ONE_OF:
            return max((_reach(alternative) for alternative in item.items), default=0.0)
        case Rule.NOTE:
            return reach(item.items)
        case _:
            return 0.0


def _scope(items: tuple[Item, ...], applied: Mapping[str, int], *, given: bool = False, rest: float = 0.0) -> float:
    """Return the points of items that stand together.

    Args:
        items: that stand together.
        applied: how often each item applies, by id.
        given: whether what they stand in is given as a whole, so that they are there where nothing else is said.
        rest: what is given beside them.
    """
    instead = [item.points for item in items if item.rule is Rule.INSTEAD and _applies(item, applied)]
    total = max(instead) if instead else rest + sum(_earned(item, applied, given=given) for item in items)
    total -= sum(_times(item, applied) for item in items if item.rule is Rule.DEDUCTION)
    caps = [item.points for item in items if item.rule is Rule.CAP and _applies(item, applied)]
    return max(0.0, min([total, *caps]))


def _earned(item: Item, applied: Mapping[str, int], *, given: bool) -> float:
    """Return what an item adds to what it stands in."""
    match item.rule:
        case Rule.CREDIT:
            return _credit(item, applied, given=given)
        case Rule.ONE_OF:
            # Where the whole is given, it is given for the alternative of which something is said.
            spoken_of = [each for each in item.items if any(_applies(inner, applied) for inner in flat((each,)))]
            alternatives = spoken_of or item.items
            return max((_earned(alternative, applied, given=given) for alternative in alternatives), default=0.0)
        case Rule.NOTE:
            return _scope(item.items, applied, given=given)
        case _:
            return 0.0


def _credit(item: Item, applied: Mapping[str, int], *, given: bool) -> float:
    within = [inner for inner in flat(item.items) if _applies(inner, applied)]
    if not within:
        return _reach(item) if given else _times(item, applied)
    if (given or _applies(item, applied)) and not any(inner.rule is Rule.CREDIT for inner in within):
        # All of it, less what its deductions, caps and lesser values take away.
        total = _scope(item.items, applied, given=True, rest=item.points - reach(item.items))
    else:
        total = _scope(item.items, applied)
    return min(total, item.points)


def _applies(item: Item, applied: Mapping[str, int]) -> bool:
    return item.can_apply and applied.get(item.id, 0) > 0


def _times(item: Item, applied: Mapping[str, int]) -> float:
    times = max(0, applied.get(item.id, 0))
    total = item.points * (times if item.each else min(times, 1))
    return total if item.at_most is None else min(total, item.at_most)
