"""How a class did with a sheet: points, questions, and the criteria that were lost most often."""

from __future__ import annotations

import re
import statistics
from collections.abc import Collection, Iterable, Sequence
from typing import Final

import msgspec

from sheetgrader.boundary.plain_text import shortened
from sheetgrader.course.questions import question_of_name
from sheetgrader.results import Outcome, rounded
from sheetgrader.store.facts import State
from sheetgrader.store.standing import GroupStanding, LostCriterion, QuestionStanding

#: What differs between two groups that make the same mistake.
VALUES: Final = re.compile(r"[0-9][0-9.,e+-]*+")
_MOST_CHARACTERS: Final = 200


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """How points are spread over the groups that have some."""

    groups: int
    mean: float
    #: Of the groups as they are, not of a larger population that they stand for.
    standard_deviation: float
    minimum: float
    lower_quartile: float
    median: float
    upper_quartile: float
    maximum: float


class QuestionStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """How a class did with one question."""

    notebook: str
    name: str
    title: str
    max_points: float
    #: Groups of which all its points are decided; the others are left out.
    groups: int
    #: Mean share of its points, 0 to 1: the difficulty index of classical test theory; None for no groups.
    mean_share: float | None
    #: How many groups got all its points, and how many none.
    full: int
    none: int
    #: How well it goes together with the others: the correlation of its points with those of the rest of the sheet
    #: (corrected item-total correlation); None where one of the two does not vary.
    discrimination: float | None = None


class LostStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """A criterion that groups lost, and why most of them did."""

    question: str
    test: str
    rubric: str
    groups: int
    #: Points lost by all of them together.
    points: float
    reason: str
    #: How many lost it for that reason.
    groups_of_reason: int


class ClassStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """How a class did with a sheet."""

    #: None where nothing is graded.
    final: Spread | None
    questions: tuple[QuestionStatistics, ...]
    lost: tuple[LostStatistics, ...]


def class_statistics(standings: Iterable[GroupStanding]) -> ClassStatistics:
    """Return how the graded groups did; those that are settled are left out, and what is not marked counts 0 in the
    points of the whole sheet.
    """
    counted = [
        each
        for each in standings
        if each.state in (State.GRADED, State.HANDED_IN_AGAIN) and each.settled is None and each.questions
    ]
    return ClassStatistics(
        final=spread([each.final or 0.0 for each in counted]),
        questions=_questions(counted),
        lost=most_lost(counted),
    )


def spread(points: Collection[float]) -> Spread | None:
    """Return how ``points`` are spread; None where there are none.

    Source: quartiles as type 7 of Hyndman and Fan, Sample Quantiles in Statistical Packages (1996).
    """
    if not points:
        return None
    lower, median, upper = (
        statistics.quantiles(points, n=4, method="inclusive") if len(points) > 1 else [next(iter(points))] * 3
    )
    return Spread(
        groups=len(points),
        mean=rounded(statistics.fmean(points)),
        standard_deviation=rounded(statistics.pstdev(points)),
        minimum=rounded(min(points)),
        lower_quartile=rounded(lower),
        median=rounded(median),
        upper_quartile=rounded(upper),
        maximum=rounded(max(points)),
    )


def most_lost(standings: Iterable[GroupStanding]) -> tuple[LostStatistics, ...]:
    """Return the criteria that groups lost, those lost most often first."""
    by_criterion: dict[tuple[str, str, str], list[LostCriterion]] = {}
    for standing in standings:
        for lost in standing.lost:
            by_criterion.setdefault((lost.notebook, lost.grade_id, lost.test), []).append(lost)
    found = [_lost(of) for of in by_criterion.values()]
    return tuple(sorted(found, key=lambda each: (-each.groups, -each.points, each.test)))


def _lost(of: Sequence[LostCriterion]) -> LostStatistics:
    by_reason: dict[tuple[Outcome, str], list[LostCriterion]] = {}
    for each in of:
        by_reason.setdefault((each.outcome, VALUES.sub("#", each.message[:_MOST_CHARACTERS])), []).append(each)
    commonest = max(by_reason.values(), key=len)
    example = commonest[0]
    return LostStatistics(
        question=question_of_name(example.grade_id),
        test=example.test,
        rubric=example.rubric,
        groups=len(of),
        points=rounded(sum(each.points for each in of)),
        reason=" ".join(shortened(example.message, _MOST_CHARACTERS).split()) or example.outcome.value,
        groups_of_reason=len(commonest),
    )


def _questions(standings: Sequence[GroupStanding]) -> tuple[QuestionStatistics, ...]:
    by_question: dict[tuple[str, str], list[tuple[GroupStanding, QuestionStanding]]] = {}
    for standing in standings:
        for question in standing.questions:
            by_question.setdefault((question.notebook, question.name), []).append((standing, question))
    return tuple(_question(pairs) for pairs in by_question.values() if pairs[0][1].max_points)


def _question(pairs: Sequence[tuple[GroupStanding, QuestionStanding]]) -> QuestionStatistics:
    first = pairs[0][1]
    decided = [(standing, question) for standing, question in pairs if not question.open_points]
    own = [question.points for _, question in decided]
    rest = [standing.points - question.points for standing, question in decided]
    return QuestionStatistics(
        notebook=first.notebook,
        name=first.name,
        title=first.title,
        max_points=first.max_points,
        groups=len(own),
        mean_share=rounded(statistics.fmean(own) / first.max_points) if own else None,
        full=sum(points >= first.max_points for points in own),
        none=sum(points == 0 for points in own),
        discrimination=_correlation(own, rest),
    )


def _correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    try:
        return rounded(statistics.correlation(first, second))
    except statistics.StatisticsError:
        return None
