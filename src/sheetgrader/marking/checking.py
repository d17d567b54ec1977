"""What is wrong with a rubric, whoever wrote it: items that contradict each other or the points of their cell."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

import msgspec

from sheetgrader.marking.rubrics import Item, Rubric, Rule, reach
from sheetgrader.results import rounded

#: How many items may stand in each other; more cannot be taken in while marking.
DEEPEST: Final = 4
#: Rules that a sentence states without being read by: it says that points are lost, bounded or lesser.
_STATED_RULE: Final = re.compile(r"(?i)\b(?:subtract|at most|instead|costs?|minus)[ \t]+\d|:[ \t]+\d[.,]\d|:[ \t]+0\b")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a rubric."""

    #: The item's id; empty for the rubric as a whole.
    item: str = ""
    #: The end of a sentence that begins with where the item stands.
    text: str


def check(rubric: Rubric) -> tuple[Problem, ...]:
    """Return what is wrong with ``rubric``; nothing is where no item of it can apply at all."""
    if rubric.is_prose:
        return ()
    return (*_check_ids(rubric), *_check_scope(rubric.items, 1), *_check_points(rubric))


def unread_rules(rubric: Rubric) -> Iterator[Item]:
    """Yield the notes that seem to state a rule, which a tutor would have to apply by hand."""
    for item in rubric.all_items():
        if item.rule is Rule.NOTE and _STATED_RULE.search(item.text):
            yield item


def shown(value: float) -> str:
    """Return points as sentences and schemes have them."""
    return f"{rounded(value):.15g}"


def _check_ids(rubric: Rubric) -> Iterator[Problem]:
    for identifier, times in Counter(item.id for item in rubric.all_items()).items():
        if times > 1 or not identifier:
            yield Problem(item=identifier, text=f"{times} items have the id {identifier!r}; each needs one of its own")


def _check_points(rubric: Rubric) -> Iterator[Problem]:
    reached = reach(rubric.items)
    # A cell without points of its own holds extra credit only.
    if rubric.max_points and reached != rounded(rubric.max_points):
        yield Problem(
            text=f"the lines of the marking scheme come to {shown(reached)} points, but the cell is worth"
            f" {shown(rubric.max_points)}; change the lines or the cell's points"
        )
    yield from _check_bounds(rubric.items, reached)


def _check_scope(items: tuple[Item, ...], depth: int) -> Iterator[Problem]:
    for item in items:
        if depth > DEEPEST:
            yield Problem(item=item.id, text=f"it stands {depth} deep; no more than {DEEPEST} can be taken in")
            continue
        yield from (Problem(item=item.id, text=text) for text in _check_values(item))
        yield from (Problem(item=item.id, text=text) for text in _check_inner(item))
        if item.rule is Rule.CREDIT:
            yield from _check_bounds(item.items, item.points)
        elif item.rule is Rule.NOTE:
            yield from _check_bounds(item.items, reach(item.items))
        yield from _check_scope(item.items, depth + 1)


def _check_values(item: Item) -> Iterator[str]:
    for value in (item.points, item.at_most):
        if value is None:
            continue
        if not math.isfinite(value) or value < 0:
            yield f"{value:g} is no number of points; write one that is not negative"
        elif rounded(value) != value:
            yield f"{value!r} is finer than a thousandth of a point, which marks are rounded to"
    if item.can_apply and not item.text:
        yield "it says nothing; write for what the points are"
    if item.each and item.rule not in {Rule.CREDIT, Rule.DEDUCTION}:
        yield "only credits and deductions can apply several times"
    elif item.each and item.rule is Rule.CREDIT and item.at_most is None:
        yield f"say how much it earns in all, as in '{shown(item.points)} each, {shown(3 * item.points)} at most: …'"
    if item.at_most is not None and not item.each:
        yield "it applies once, so that its points are the most; take out what it comes to at most, or write 'each'"
    elif item.at_most is not None and item.at_most < item.points:
        yield f"it comes to {shown(item.at_most)} at most, which is less than applying it once"


def _check_inner(item: Item) -> Iterator[str]:
    plain = all(inner.rule is Rule.NOTE and not inner.items for inner in item.items)
    if item.rule in {Rule.DEDUCTION, Rule.CAP, Rule.INSTEAD} or item.each:
        if not plain:
            yield "only notes can stand in a deduction, a bound, a lesser value, or in what applies several times"
    elif item.rule is Rule.ONE_OF:
        if plain:
            yield "no alternatives stand in it; indent them under it"
        if any(inner.rule in {Rule.DEDUCTION, Rule.CAP, Rule.INSTEAD} for inner in item.items):
            yield (
                "a deduction, bound or lesser value stands among its alternatives; indent it under the alternative it"
                " belongs to, or take it out of them"
            )
    elif item.rule is Rule.CREDIT and not all(_adds_nothing(inner) for inner in item.items):
        inner_reach = reach(item.items)
        if inner_reach != rounded(item.points):
            yield f"what stands in it comes to {shown(inner_reach)} points, but it is worth {shown(item.points)}"


def _check_bounds(items: tuple[Item, ...], most: float) -> Iterator[Problem]:
    """Check the bounds and lesser values of what comes to ``most``."""
    for item in items:
        if item.rule in {Rule.CAP, Rule.INSTEAD} and item.points > most:
            yield Problem(
                item=item.id,
                text=f"it stands for {shown(item.points)} points, more than the {shown(most)} of what it is about",
            )


def _adds_nothing(item: Item) -> bool:
    return item.rule not in {Rule.CREDIT, Rule.ONE_OF} and all(_adds_nothing(inner) for inner in item.items)
