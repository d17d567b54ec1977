"""Points from verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from sheetgrader.results import CriterionResult, Outcome


def points(max_points: float, criteria: Sequence[CriterionResult]) -> float | None:
    """Return the points of a cell from its criteria by weight, rounded to 1/1000, or None where a human has to decide.

    A criterion that was not judged is scored neither as wrong nor as right, so the whole cell waits for a human.
    """
    if not criteria or any(criterion.outcome is Outcome.NOT_JUDGED for criterion in criteria):
        return None
    total = sum(criterion.weight for criterion in criteria)
    earned = sum(criterion.weight * criterion.fraction for criterion in criteria)
    if all(criterion.fraction >= 1.0 for criterion in criteria):
        return max_points
    return round(max_points * earned / total, 3)


def only_what_counts(
    criteria: Sequence[CriterionResult], requires: Mapping[str, Sequence[str]]
) -> tuple[CriterionResult, ...]:
    """Return the criteria of a cell, with nothing earned by those that require others none of which earned anything.

    They keep their outcomes. What does not count itself has earned nothing.

    Args:
        criteria: the verdicts on all criteria of the cell.
        requires: the tests that a test requires, by name; without circles.
    """
    rubrics = {criterion.test: criterion.rubric for criterion in criteria}

    def counts(test: str) -> bool:
        return not requires.get(test) or any(earns(condition) for condition in requires[test])

    def earns(test: str) -> bool:
        return counts(test) and any(each.fraction > 0 for each in criteria if each.test == test)

    return tuple(
        criterion
        if criterion.fraction == 0 or counts(criterion.test)
        else msgspec.structs.replace(
            criterion, fraction=0.0, unmet=tuple(rubrics.get(test, test) for test in requires[criterion.test])
        )
        for criterion in criteria
    )


def linear(value: float, *, none_at: float, full_at: float) -> float:
    """Return the part in [0, 1] of the points for ``value``: none at ``none_at``, all at ``full_at``, linear between.

    ``full_at`` may lie below ``none_at``, for values that are better when they are small. NaN earns nothing.
    """
    if none_at == full_at:
        raise ValueError("none_at and full_at are the same")
    part = (value - none_at) / (full_at - none_at)
    return min(1.0, max(0.0, part)) if part == part else 0.0  # NaN is the one number unequal to itself
