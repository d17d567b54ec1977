"""A graded notebook as the questions a student knows: their cells, verdicts and points together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Final

from nbformat import NotebookNode

from sheetgrader.course.questions import beginnings, grade_id, question_of_name
from sheetgrader.report.reasons import Failures, Reason, is_missing_name
from sheetgrader.results import CellResult, CriterionResult, Outcome
from sheetgrader.store.final_scores import NO_RESPONSE

#: What graders say that a tutor will do; true only until one has.
_PROMISE: Final = re.compile(
    r"(?:; a tutor (?:will look at it|decides(?: which one counts)?)|, so a tutor decides"
    r"|, and where it loses points, a tutor looks at the others)(?=\.)"
)


@dataclass(frozen=True)
class GivenItem:
    """One line of a rubric that applies to an answer."""

    #: Markdown.
    text: str
    #: What it does to the points, in a few characters; empty where that is told by others.
    points: str = ""


@dataclass(frozen=True)
class Mark:
    """What the gradebook says about one cell with points."""

    #: None while a tutor has not marked it.
    points: float | None
    max_points: float
    #: A tutor set these points, over what the graders found.
    by_tutor: bool = False
    #: The tutor gave them to an earlier answer, or beside another verdict, and is to look again.
    is_earlier: bool = False
    #: Where there are no points: a tutor is to give some. Else nobody is.
    is_waiting: bool = True
    #: What of the rubric the tutor found in the answer.
    items: tuple[GivenItem, ...] = ()
    #: Points on top of what these come to, or taken off.
    adjustment: float = 0.0


@dataclass(frozen=True)
class Check:
    """One criterion as students read it: a test, or all cases of a parametrised one."""

    test: str
    rubric: str
    outcome: Outcome
    points: float
    max_points: float
    right_cases: int
    cases: int
    #: What was asked and what came back, of the cases that were not right.
    messages: tuple[str, ...]
    hint: str
    #: One sentence where it earns nothing, whatever its outcome.
    why_it_does_not_count: str = ""
    #: What is to be known about the verdicts.
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """One cell with points."""

    grade_id: str
    mark: Mark
    message: str = ""
    checks: tuple[Check, ...] = ()
    #: Nothing was answered, and nothing earned.
    is_unanswered: bool = False
    #: Why its checks failed, where the reason lies elsewhere.
    reasons: tuple[Reason, ...] = ()


@dataclass
class Question:
    """One question: everything from its text to the points it earned."""

    name: str
    title: str
    cells: list[NotebookNode] = field(default_factory=list)
    #: Where in the notebook each of them stands.
    positions: list[int] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    #: Its points count on top of the sheet's.
    is_bonus: bool = False
    #: The notebook it is in; and the same to be shown, where the sheet has several.
    file: str = ""
    notebook: str = ""

    @property
    def points(self) -> float:
        """Points earned so far."""
        return sum(part.mark.points or 0.0 for part in self.parts)

    @property
    def max_points(self) -> float:
        """Points that can be earned."""
        return sum(part.mark.max_points for part in self.parts)

    @property
    def unmarked_points(self) -> float:
        """Points that a tutor has still to decide on."""
        return sum(part.mark.max_points for part in self.parts if part.mark.points is None and part.mark.is_waiting)

    @property
    def is_unanswered(self) -> bool:
        """Whether nothing in it was answered."""
        return bool(self.parts) and all(part.is_unanswered for part in self.parts)

    @property
    def standing(self) -> str:
        """One word for the question as a whole: ``open``, ``unmarked`` where nobody is to mark it, ``unanswered``,
        ``full``, ``some``, ``none``, or ``text`` where there are no points.
        """
        if self.unmarked_points:
            return "open"
        if self.parts and all(part.mark.points is None for part in self.parts):
            return "unmarked"
        if self.is_unanswered:
            return "unanswered"
        if not self.max_points:
            return "text"
        return "full" if self.points >= self.max_points else "some" if self.points > 0 else "none"


def questions(notebook: NotebookNode, results: Mapping[str, CellResult], marks: Mapping[str, Mark]) -> list[Question]:
    """Split a notebook into its questions, in its order.

    Cells named ``exN_code``, ``exN_text`` and so on belong to question ``exN``; in notebooks that name their cells
    otherwise, a question begins where a heading does.

    Args:
        notebook: the graded notebook.
        results: what grading found, by the cells' grade ids.
        marks: what the gradebook says, by the cells' grade ids; cells it knows and the notebook lacks come last.
    """
    found: list[Question] = []
    for position, (cell, begun) in enumerate(zip(notebook.cells, beginnings(notebook), strict=True)):
        if begun is not None:
            found.append(Question(begun.name, begun.title))
        found[-1].cells.append(cell)
        found[-1].positions.append(position)
        name = grade_id(cell)
        if name in marks:
            found[-1].parts.append(_part(name, marks[name], results.get(name)))
    placed = {part.grade_id for question in found for part in question.parts}
    for name, mark in marks.items():
        if name not in placed:
            question = question_of_name(name)
            if not found or found[-1].name != question:
                found.append(Question(question, question))
            found[-1].parts.append(_part(name, mark, results.get(name)))
    return found


def with_what_is_known(
    found: list[Question], unanswered: Set[str] = frozenset(), failures: Failures | None = None
) -> list[Question]:
    """Tell each part whether it was answered, why it failed, and what nobody waits for any more.

    Args:
        found: the questions; their parts are replaced.
        unanswered: cells without an answer, by name.
        failures: the failed cells of the notebook; None where nothing of it is shown.
    """
    for question in found:
        positions = {grade_id(cell): place for cell, place in zip(question.cells, question.positions, strict=True)}
        question.parts = [_known(part, unanswered, failures, positions.get(part.grade_id)) for part in question.parts]
    return found


def without_promise(sentence: str) -> str:
    """Return a sentence without what it says that a tutor is going to do."""
    return _PROMISE.sub("", sentence)


def _known(part: Part, unanswered: Set[str], failures: Failures | None, position: int | None) -> Part:
    mark = part.mark
    if part.grade_id in unanswered and (mark.by_tutor or mark.points == 0):
        return replace(part, is_unanswered=True)
    lost = "\n".join(message for check in part.checks for message in check.messages)
    reasons = failures.of(lost, position) if failures is not None and position is not None else ()
    if mark.points is not None or not mark.is_waiting:
        message = without_promise(part.message)
        return replace(part, message=message, checks=tuple(map(_settled, part.checks)), reasons=reasons)
    return replace(part, reasons=reasons)


def _settled(check: Check) -> Check:
    return replace(
        check,
        messages=tuple(map(without_promise, check.messages)),
        remarks=tuple(map(without_promise, check.remarks)),
    )


def checks(cell: CellResult) -> tuple[Check, ...]:
    """Return the criteria of a cell, the cases of one test together."""
    return tuple(_check(cases, cell.points_of_weight) for cases in cell.tests.values())


def _part(name: str, mark: Mark, result: CellResult | None) -> Part:
    if result is None:
        return Part(name, mark)
    # Where there is no verdict, the message is for the tutor, who has read it.
    message = "" if result.outcome is None or result.message == NO_RESPONSE else result.message
    return Part(name, mark, message, checks(result))


def _check(cases: Sequence[CriterionResult], points: float) -> Check:
    lost = [case for case in cases if case.outcome is not Outcome.RIGHT]
    return Check(
        test=cases[0].test,
        rubric=cases[0].rubric,
        outcome=_common(case.outcome for case in cases),
        points=points * sum(case.weight * case.fraction for case in cases),
        max_points=points * sum(case.weight for case in cases),
        right_cases=len(cases) - len(lost),
        cases=len(cases),
        messages=tuple(dict.fromkeys(case.message for case in lost if case.message)),
        # What is not there cannot be mended by a hint.
        hint=next((case.hint for case in lost if case.hint and not is_missing_name(case.message)), ""),
        why_it_does_not_count=next((case.why_it_does_not_count for case in cases if case.unmet), ""),
        remarks=tuple(dict.fromkeys(case.remark for case in cases if case.remark)),
    )


def _common(outcomes: Iterable[Outcome]) -> Outcome:
    found = set(outcomes)
    if len(found) == 1:
        return found.pop()
    if Outcome.NOT_JUDGED in found:
        return Outcome.NOT_JUDGED
    return Outcome.PARTLY_RIGHT if found & {Outcome.RIGHT, Outcome.PARTLY_RIGHT} else Outcome.WRONG
