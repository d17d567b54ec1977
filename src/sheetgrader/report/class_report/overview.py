"""What the pages about the whole class show: the overview, the statistics, a question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from sheetgrader.report import plots
from sheetgrader.report.class_report.facts import Asked, ClassFacts, Tally, decided_points, flags
from sheetgrader.report.class_report.parts import points_cell
from sheetgrader.report.words import counted, number
from sheetgrader.store.standing import GroupStanding

_MOST_OUTCOMES: Final = 15
_SIMILAR: Final = "similar code"


@dataclass(frozen=True)
class Row:
    """One group in the overview."""

    standing: GroupStanding
    cells: Sequence[Markup]
    flags: Sequence[str]


@dataclass(frozen=True)
class WrongOutcome:
    """What went wrong for several groups in the same way."""

    reason: str
    rubric: str
    groups: Sequence[str]


def overview(
    facts: ClassFacts, look_alike: frozenset[str], links: Callable[[Asked], list[tuple[str, str]]]
) -> dict[str, Any]:
    """Return what the overview shows."""
    rows = [_row(facts, standing, look_alike) for standing in facts.standings]
    return {
        "rows": rows,
        "final": facts.statistics.final,
        "max_points": max((standing.max_points for standing in facts.standings), default=0.0),
        "questions": [(asked, facts.statistics_of(asked), links(asked)) for asked in facts.asked],
        "several": len({asked.notebook for asked in facts.asked}) > 1,
        "flags": list(dict.fromkeys(sorted(flag for row in rows for flag in row.flags))),
    }


def statistics(facts: ClassFacts) -> dict[str, Any]:
    """Return what the page of statistics shows."""
    final = facts.statistics.final
    most = max((standing.max_points for standing in facts.standings), default=0.0)
    points = [standing.final or 0.0 for standing in facts.standings if standing.questions and standing.settled is None]
    found = [(asked, of) for asked in facts.asked if (of := facts.statistics_of(asked)) is not None]
    known = [
        plots.Dot(of.mean_share, of.discrimination, asked.name)
        for asked, of in found
        if of.mean_share is not None and of.discrimination is not None
    ]
    described = "Each question by its mean share of points and its discrimination."
    least = min([0.0, *(dot.y for dot in known)])
    return {
        "final": final,
        "histogram": plots.histogram(
            plots.bins(points, most), f"How the points of {counted(len(points), 'group')} are spread."
        ),
        "difficulty": plots.dots(
            known,
            described,
            along="mean share of the points",
            up="discrimination",
            x=plots.Scale(0.0, 1.0),
            y=plots.Scale(least, 1.0),
        )
        if known
        else "",
        "questions": found,
        "agreements": facts.agreements,
    }


def question(facts: ClassFacts, asked: Asked, tallies: Sequence[Tally]) -> dict[str, Any]:
    """Return what the page of a question shows."""
    points = decided_points(facts.standings, asked)
    outcomes = [
        WrongOutcome(reason, tally.rubric or tally.test, groups)
        for tally in tallies
        for reason, groups in tally.lost.items()
    ]
    return {
        "found": facts.statistics_of(asked),
        "histogram": plots.histogram(
            plots.bins(points, asked.max_points, 10),
            f"How the points of {counted(len(points), 'group')} are spread over {number(asked.max_points)}.",
        ),
        "tallies": sorted(tallies, key=lambda tally: -tally.groups),
        "outcomes": sorted(outcomes, key=lambda outcome: -len(outcome.groups))[:_MOST_OUTCOMES],
        "rubric_lines": facts.rubric_lines.get(asked.key, []),
    }


def _row(facts: ClassFacts, standing: GroupStanding, look_alike: frozenset[str]) -> Row:
    points = {(question.notebook, question.name): question for question in standing.questions}
    found = flags(standing)
    if standing.group in look_alike:
        found.append(_SIMILAR)
    return Row(standing, [points_cell(points.get(asked.key)) for asked in facts.asked], found)
