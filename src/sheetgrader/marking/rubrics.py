"""What an answer can earn, and what it earns where some items apply: the types of rubrics, and the arithmetic."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping

import msgspec

from sheetgrader.results import rounded


class Rule(enum.Enum):
    """What an item does to the points of what it stands in: of another item, or of the whole question."""

    #: Its points are added. Where it has items of its own that apply, theirs count in the place of its own.
    CREDIT = "credit"
    #: Its points are subtracted.
    DEDUCTION = "deduction"
    #: There are no more than its points in all.
    CAP = "cap"
    #: There are its points, and nothing else that is added there counts.
    INSTEAD = "instead"
    #: The best of its items counts, each with what stands in it.
    ONE_OF = "one of"
    #: Nothing; it is there to be read.
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
    #: What the cell is worth.
    max_points: float
    items: tuple[Item, ...] = ()

    def all_items(self) -> Iterator[Item]:
        """Yield every item, each before those that stand in it."""
        return _flat(self.items)


def points(rubric: Rubric, applied: Mapping[str, int]) -> float:
    """Return what an answer earns: at least 0, rounded as points are shown.

    Args:
        rubric: of the cell.
        applied: how often each item applies, by id; items that the rubric does not have count nothing.
    """
    return rounded(_scope(rubric.items, applied))


def reach(items: tuple[Item, ...]) -> float:
    """Return the most that ``items`` can come to."""
    total = 0.0
    for item in items:
        if item.rule is Rule.CREDIT:
            total += item.points if item.at_most is None else item.at_most
        elif item.rule is Rule.ONE_OF:
            total += max((_alternative_reach(alternative) for alternative in item.items), default=0.0)
    return rounded(total)


def _flat(items: tuple[Item, ...]) -> Iterator[Item]:
    for item in items:
        yield item
        yield from _flat(item.items)


def _alternative_reach(item: Item) -> float:
    return reach((item,)) if item.can_apply else reach(item.items)


def _scope(items: tuple[Item, ...], applied: Mapping[str, int]) -> float:
    """Return the points of items that stand together."""
    instead = [item.points for item in items if item.rule is Rule.INSTEAD and applied.get(item.id)]
    total = max(instead) if instead else sum(_credit(item, applied) for item in items)
    total -= sum(_times(item, applied) for item in items if item.rule is Rule.DEDUCTION)
    caps = [item.points for item in items if item.rule is Rule.CAP and applied.get(item.id)]
    return max(0.0, min([total, *caps]))


def _credit(item: Item, applied: Mapping[str, int]) -> float:
    if item.rule is Rule.ONE_OF:
        return max((_alternative(alternative, applied) for alternative in item.items), default=0.0)
    if item.rule is not Rule.CREDIT:
        return 0.0
    if any(applied.get(inner.id) for inner in _flat(item.items)):
        # What stands in an item never earns more than the item.
        return min(_inner(item, applied), item.points)
    return _times(item, applied)


def _inner(item: Item, applied: Mapping[str, int]) -> float:
    """Return what an item comes to by what stands in it."""
    adds = any(applied.get(inner.id) and inner.rule in {Rule.CREDIT, Rule.INSTEAD} for inner in _flat(item.items))
    if adds or not applied.get(item.id):
        return _scope(item.items, applied)
    # Only deductions and caps: from the whole of it.
    whole = Item(id="", points=item.points)
    return _scope((whole, *item.items), {**applied, "": 1})


def _alternative(item: Item, applied: Mapping[str, int]) -> float:
    return _credit(item, applied) if item.can_apply else _scope(item.items, applied)


def _times(item: Item, applied: Mapping[str, int]) -> float:
    times = applied.get(item.id, 0)
    total = item.points * (times if item.each else min(times, 1))
    return total if item.at_most is None else min(total, item.at_most)
