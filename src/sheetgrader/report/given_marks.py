"""What a group reads of a mark: the lines of the rubric that apply to its answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sheetgrader.marking.rubrics import Item, Rubric, Rule, points
from sheetgrader.report.questions import GivenItem
from sheetgrader.report.words import number
from sheetgrader.results import rounded
from sheetgrader.store.decisions import AnyDecision, Marked, Unmarked
from sheetgrader.store.final_scores import FinalCell


@dataclass(frozen=True)
class Given:
    """What a mark is made of."""

    items: tuple[GivenItem, ...] = ()
    adjustment: float = 0.0


def given_by(mark: Marked, cell: FinalCell, rubric: Rubric | None) -> Given:
    """Return what the points of a cell are made of; nothing where they are others than those of its mark: somebody has
    changed them in the gradebook.

    Args:
        mark: the current one of the cell.
        cell: as the gradebook has it.
        rubric: of the cell as it is today; None where it has none any more.
    """
    if rubric is None or cell.manual_points is None:
        return Given()
    if rounded(cell.points) != rounded(mark.points):
        return Given()
    total = rounded(min(max(points(rubric, mark.applied) + mark.adjustment, 0.0), rubric.max_points))
    # Where the rubric has changed since, its points are not those that were given.
    tells_points = total == rounded(mark.points)
    items = tuple(
        GivenItem(item.text, _worth(item, mark.applied) if tells_points else "")
        for item in _applied_in(rubric.items, mark.applied)
    )
    return Given(items, rounded(mark.adjustment) if tells_points else 0.0)


def current_mark(decisions: Iterable[AnyDecision], notebook: str, grade_id: str) -> Marked | None:
    """Return the mark of a cell that was given last and not taken back."""
    found: list[Marked] = []
    current: Marked | None = None
    for decision in decisions:
        if not isinstance(decision, Marked | Unmarked) or (decision.notebook, decision.grade_id) != (
            notebook,
            grade_id,
        ):
            continue
        if isinstance(decision, Marked):
            found.append(decision)
            current = decision
        else:
            current = next((mark for mark in reversed(found) if mark.when == decision.back_to), None)
    return current


def _applied_in(items: Iterable[Item], applied: Mapping[str, int]) -> Iterator[Item]:
    for item in items:
        if item.can_apply and applied.get(item.id):
            yield item
        yield from _applied_in(item.items, applied)


def _worth(item: Item, applied: Mapping[str, int]) -> str:
    """Return what an item does to the points, in a few characters."""
    if any(inner.rule in (Rule.CREDIT, Rule.INSTEAD) for inner in _applied_in(item.items, applied)):
        # What stands in it counts in its place.
        return ""
    if item.rule is Rule.CAP:
        return f"at most {number(item.points)}"
    if item.rule is Rule.INSTEAD:
        return f"{number(item.points)} in all"
    total = item.points * (applied[item.id] if item.each else 1)
    total = total if item.at_most is None else min(total, item.at_most)
    return f"{'−' if item.rule is Rule.DEDUCTION else '+'}{number(total)}"
