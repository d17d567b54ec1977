"""A graded notebook as the questions a student knows: their cells, verdicts and points together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode

from sheetgrader.course.questions import beginnings, grade_id, question_of_name
from sheetgrader.results import CellResult, CriterionResult, Outcome


@dataclass(frozen=True)
class Mark:
    """What the gradebook says about one cell with points."""

    #: None while a tutor has not marked it.
    points: float | None
    max_points: float
    #: A tutor set these points, over what the graders found.
    by_tutor: bool = False
    #: The tutor gave them to an earlier answer, or beside another verdict, and has not looked again.
    is_earlier: bool = False


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


@dataclass
class Question:
    """One question: everything from its text to the points it earned."""

    name: str
    title: str
    cells: list[NotebookNode] = field(default_factory=list)
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
        return sum(part.mark.max_points for part in self.parts if part.mark.points is None)

    @property
    def standing(self) -> str:
        """One word for the question as a whole: ``open``, ``full``, ``some``, ``none``, or ``text`` where there are no
        points.
        """
        if self.unmarked_points:
            return "open"
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
    for cell, begun in zip(notebook.cells, beginnings(notebook), strict=True):
        if begun is not None:
            found.append(Question(begun.name, begun.title))
        found[-1].cells.append(cell)
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


def checks(cell: CellResult) -> tuple[Check, ...]:
    """Return the criteria of a cell, the cases of one test together."""
    return tuple(_check(cases, cell.points_of_weight) for cases in cell.tests.values())


def _part(name: str, mark: Mark, result: CellResult | None) -> Part:
    if result is None:
        return Part(name, mark)
    # Where there is no verdict, the message is for the tutor, who has read it.
    return Part(name, mark, "" if result.outcome is None else result.message, checks(result))


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
        hint=next((case.hint for case in lost if case.hint), ""),
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
