"""What a page shows of one group: its questions one by one, its figures, its answers, what a regrade changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from sheetgrader.report.class_report.content import QuestionContent
from sheetgrader.report.class_report.facts import Asked, ClassFacts
from sheetgrader.report.class_report.pages import macro, shade
from sheetgrader.report.words import number
from sheetgrader.results import Outcome
from sheetgrader.store.kept_results import CellChange, Regrade
from sheetgrader.store.open_matters import Action
from sheetgrader.store.standing import GroupStanding, LostCriterion, QuestionStanding


@dataclass(frozen=True)
class GroupSection:
    """One question on a group's page."""

    asked: Asked
    points: str
    #: A cell of a table with its points.
    cell: Markup
    lost: Sequence[LostCriterion]
    comments: Sequence[Markup]
    answer: Markup


def sections(
    facts: ClassFacts, standing: GroupStanding, answers: Mapping[tuple[str, str], QuestionContent]
) -> list[GroupSection]:
    """Return the questions as a group's page shows them; nothing for a group that is not graded."""
    if not standing.questions:
        return []
    lost: dict[tuple[str, str], list[LostCriterion]] = {}
    for each in standing.lost:
        lost.setdefault(facts.question_of(each.notebook, each.grade_id), []).append(each)
    points = {(question.notebook, question.name): question for question in standing.questions}
    found = []
    for asked in facts.asked:
        answer = answers.get(asked.key)
        found.append(
            GroupSection(
                asked=asked,
                points=points_in_words(standing, asked),
                cell=points_cell(points.get(asked.key)),
                lost=lost.get(asked.key, []),
                # It was cleaned where it was made.
                comments=[Markup(text) for text in answer.comments] if answer else [],  # noqa: S704
                answer=Markup(answer.answer) if answer else Markup(""),  # noqa: S704
            )
        )
    return found


def open_matters(standing: GroupStanding) -> dict[str, Any]:
    """Return what is open, the answers that only have to be marked in one line."""
    plain = [matter for matter in standing.open if matter.action is Action.MARK and not matter.why]
    names = list(dict.fromkeys(matter.question or matter.grade_id for matter in plain))
    return {
        "to_mark": [(Action.MARK.value, names)] if names else [],
        "matters": [matter for matter in standing.open if matter not in plain],
    }


def points_cell(question: QuestionStanding | None) -> Markup:
    """Return the cell of a table with the points of a question, shaded by their share."""
    if question is None:
        return Markup("<td></td>")
    if question.open_points and question.open_points >= question.max_points:
        return Markup('<td class="n open">?</td>')
    kind = "open" if question.open_points else shade(question.points, question.max_points)
    return Markup('<td class="n {}">{}{}</td>').format(
        kind, number(question.points), "+?" if question.open_points else ""
    )


def points_in_words(standing: GroupStanding, asked: Asked) -> str:
    """Return a group's points for a question."""
    for question in standing.questions:
        if (question.notebook, question.name) == asked.key:
            if question.open_points >= question.max_points:
                return "to mark"
            left = f", {number(question.open_points)} to mark" if question.open_points else ""
            return f"{number(question.points)} of {number(question.max_points)}{left}"
    return ""


def part(name: str, *arguments: Any) -> Markup:
    """Return a part of a page that goes on from group to group, by one of the macros of ``parts.html``."""
    return macro("parts", name)(*arguments)


def told(regrade: Regrade) -> list[str]:
    """Return what a regrade changed, a sentence for each cell."""
    return [_told(change) for change in regrade.changes]


def _told(change: CellChange) -> str:
    sentence = (
        f"{change.grade_id}: {_verdict(change.points_before, change.outcome_before)}"
        f" → {_verdict(change.points_after, change.outcome_after)}"
    )
    criteria = [
        f"{name.rpartition('::')[2]} {_outcome(before)} → {_outcome(after)}" for name, before, after in change.criteria
    ]
    more = f" and {len(criteria) - 5} more" if len(criteria) > 5 else ""
    return sentence + (f" ({'; '.join(criteria[:5])}{more})" if criteria else "")


def _verdict(points: float | None, outcome: Outcome | None) -> str:
    if points is None:
        return "a person decides" if outcome is None else outcome.value
    return f"{number(points)}, {_outcome(outcome)}" if outcome else number(points)


def _outcome(outcome: Outcome | None) -> str:
    return "not there" if outcome is None else outcome.value
