"""How far people agree who marked the same answers, none of them seeing the others' marks."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import msgspec

from sheetgrader.marking.history import is_of_gradebook
from sheetgrader.results import rounded
from sheetgrader.store.decisions import AnyDecision, Marked


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """How far two people agree about one cell."""

    notebook: str
    grade_id: str
    markers: tuple[str, str]
    #: Answers that both have marked.
    answers: int
    #: How many of them got the same points from both.
    same: int
    mean_difference: float
    #: Mean of the first one's points less the second one's: who is the stricter.
    bias: float
    #: Cohen's kappa with quadratic weights: 1 where they agree on all, 0 where no better than by chance; None where
    #: both have given the same points to everybody.
    kappa: float | None


def agreements(decisions: Mapping[str, Iterable[AnyDecision]]) -> tuple[Agreement, ...]:
    """Return how far each two people agree, by cell, from all decisions about each group.

    An answer is the same where its digest is. Of several marks that somebody gave to it the last one counts; who gave
    those that were found in the gradebook is not known.
    """
    marks: dict[tuple[str, str], dict[tuple[str, str], dict[str, float]]] = {}
    for group, of in decisions.items():
        for decision in of:
            if isinstance(decision, Marked) and not is_of_gradebook(decision):
                by_answer = marks.setdefault((decision.notebook, decision.grade_id), {})
                by_answer.setdefault((group, decision.answer), {})[decision.by] = decision.points
    found = []
    for (notebook, grade_id), by_answer in sorted(marks.items()):
        pairs: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for given in by_answer.values():
            for first, second in combinations(sorted(given), 2):
                pairs.setdefault((first, second), []).append((given[first], given[second]))
        for markers, points in sorted(pairs.items()):
            differences = [first - second for first, second in points]
            found.append(
                Agreement(
                    notebook=notebook,
                    grade_id=grade_id,
                    markers=markers,
                    answers=len(points),
                    same=sum(abs(difference) < 1e-9 for difference in differences),
                    mean_difference=rounded(statistics.fmean(map(abs, differences))),
                    bias=rounded(statistics.fmean(differences)),
                    kappa=weighted_kappa(points),
                )
            )
    return tuple(found)


def weighted_kappa(points: Sequence[tuple[float, float]]) -> float | None:
    """Return Cohen's kappa with quadratic weights of pairs of marks; None where it is not defined.

    The weights are the squared differences of the points, so that no categories are needed.

    Source: Cohen, Weighted kappa (1968); with these weights it depends on means and variances alone, as Fleiss and
    Cohen (1973) show.
    """
    if not points:
        return None
    first, second = zip(*points, strict=True)
    observed = statistics.fmean((one - other) ** 2 for one, other in points)
    by_chance = (
        statistics.pvariance(first)
        + statistics.pvariance(second)
        + (statistics.fmean(first) - statistics.fmean(second)) ** 2
    )
    return rounded(1 - observed / by_chance) if by_chance > 1e-12 else None
