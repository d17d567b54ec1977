"""Where every group stands with a sheet, and who has to act: the one place that every table, page and export reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from sheetgrader.results import Outcome, SubmissionResult, rounded
from sheetgrader.store.decisions import Settled, SettlementKind, extension_seconds, settlement
from sheetgrader.store.facts import GroupFacts, Outline, State
from sheetgrader.store.final_scores import FinalScore
from sheetgrader.store.open_matters import FLAGGED, Action, Matter, matters, objections


class HandedIn(msgspec.Struct, frozen=True, kw_only=True):
    """When something was handed in, and when it was due; in UTC, None where that is not known."""

    when: datetime | None = None
    #: With the extension.
    deadline: datetime | None = None
    extension_seconds: float = 0.0
    seconds_late: float = 0.0


class QuestionStanding(msgspec.Struct, frozen=True, kw_only=True):
    """The points of one question."""

    notebook: str
    name: str
    title: str
    max_points: float
    #: Points by tests, of cells that nobody has marked by hand.
    tests: float
    #: Points by hand, extra credit included.
    marks: float
    #: Points that nobody has decided on.
    open_points: float
    #: Its points count on top of the sheet's.
    is_bonus: bool = False
    #: Among its marks is one that was given to an earlier answer, or beside another verdict.
    has_earlier_mark: bool = False

    @property
    def points(self) -> float:
        """Points so far."""
        return rounded(self.tests + self.marks)


class LostCriterion(msgspec.Struct, frozen=True, kw_only=True):
    """A criterion that a group did not get all points for."""

    notebook: str
    grade_id: str
    #: The test, all its cases together.
    test: str
    rubric: str
    outcome: Outcome
    message: str
    #: Points lost.
    points: float


class GroupStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Where one group stands with one sheet; all points are rounded as they are shown."""

    group: str
    state: State
    #: Who the group is, where the gradebook tells.
    names: str = ""
    handed_in: HandedIn = HandedIn()
    #: Digest of the content that was graded.
    graded: str = ""
    questions: tuple[QuestionStanding, ...] = ()
    #: Points before the penalty, those of bonus questions included.
    points: float = 0.0
    bonus: float = 0.0
    penalty: float = 0.0
    #: What counts; None where the group is excused, or its place waits for it.
    final: float | None = 0.0
    #: Without bonus questions.
    max_points: float = 0.0
    settled: Settled | None = None
    open: tuple[Matter, ...] = ()
    lost: tuple[LostCriterion, ...] = ()
    #: Sentences about the submission as a whole.
    notes: tuple[str, ...] = ()

    @property
    def is_late(self) -> bool:
        """Whether it was handed in after its deadline."""
        return self.handed_in.seconds_late > 0

    @property
    def open_points(self) -> float:
        """Points that nobody has decided on."""
        return 0.0 if self.settled else rounded(sum(question.open_points for question in self.questions))

    @property
    def is_flagged(self) -> bool:
        """Whether something is open besides grading and marking, which every submission goes through."""
        return bool(self.open_for(*FLAGGED))

    def open_for(self, *actions: Action) -> list[Matter]:
        """Return the open matters that ask for one of ``actions``."""
        return [matter for matter in self.open if matter.action in actions]


@dataclass
class _Sum:
    """The points of one question while its cells are added up."""

    title: str
    max_points: float = 0.0
    tests: float = 0.0
    marks: float = 0.0
    open_points: float = 0.0
    has_earlier_mark: bool = False


def standing(facts: GroupFacts, outline: Outline) -> GroupStanding:
    """Return where a group stands: everything follows from what is known of it, and nothing is asked for."""
    score = facts.score
    state = facts.state
    settled = settlement(facts.decisions, facts.handed_in)
    handed_in = _handed_in(facts, outline)
    objected = objections(facts)
    if score is None or state is State.NOT_HANDED_IN:
        ungraded = (Matter(action=Action.GRADE, why="It is not graded yet."),) if state is State.NOT_GRADED else ()
        return GroupStanding(
            group=facts.group,
            state=state,
            names=facts.names,
            handed_in=handed_in,
            final=_final(0.0, settled),
            settled=settled,
            open=() if settled else (*ungraded, *objected),
        )
    questions = _questions(score, outline)
    return GroupStanding(
        group=facts.group,
        state=state,
        names=facts.names,
        handed_in=handed_in,
        graded=facts.result.handed_in if facts.result else "",
        questions=questions,
        points=rounded(sum(question.points for question in questions)),
        bonus=rounded(sum(question.points for question in questions if question.is_bonus)),
        penalty=rounded(score.late_penalty),
        final=_final(score.points, settled),
        max_points=rounded(sum(question.max_points for question in questions if not question.is_bonus)),
        settled=settled,
        open=objected if settled else (*matters(facts, outline), *objected),
        lost=tuple(_lost(facts.result)),
        notes=_notes(facts.result),
    )


def _handed_in(facts: GroupFacts, outline: Outline) -> HandedIn:
    score = facts.score
    if score is None:
        extension = extension_seconds(facts.decisions) or 0.0
        deadline = outline.deadline and outline.deadline + timedelta(seconds=extension)
    else:
        extension, deadline = score.extension_seconds, score.deadline
    when = facts.timestamp or (score.timestamp if score is not None else None)
    late = (when - deadline).total_seconds() if when is not None and deadline is not None else 0.0
    return HandedIn(when=when, deadline=deadline, extension_seconds=extension, seconds_late=max(0.0, late))


def _final(points: float, settled: Settled | None) -> float | None:
    if settled is None:
        return rounded(points)
    return 0.0 if settled.kind is SettlementKind.ZERO else None


def _questions(score: FinalScore, outline: Outline) -> tuple[QuestionStanding, ...]:
    order = {key: position for position, key in enumerate(outline.questions)}
    cells = sorted(score.cells, key=lambda cell: order.get((cell.notebook, cell.grade_id), len(order)))
    sums: dict[tuple[str, str], _Sum] = {}
    for cell in cells:
        question = outline.question(cell.notebook, cell.grade_id)
        of = sums.setdefault((cell.notebook, question.name), _Sum(question.title))
        of.max_points += cell.max_points
        if cell.manual_points is not None:
            of.marks += cell.points
            of.has_earlier_mark = of.has_earlier_mark or cell.has_earlier_mark
        elif cell.auto_points is not None:
            of.tests += cell.auto_points
            of.marks += cell.points - cell.auto_points
        else:
            of.open_points += cell.max_points
    return tuple(
        QuestionStanding(
            notebook=notebook,
            name=name,
            title=of.title,
            max_points=rounded(of.max_points),
            tests=rounded(of.tests),
            marks=rounded(of.marks),
            open_points=rounded(of.open_points),
            is_bonus=name in outline.bonus,
            has_earlier_mark=of.has_earlier_mark,
        )
        for (notebook, name), of in sums.items()
    )


def _lost(result: SubmissionResult | None) -> Iterator[LostCriterion]:
    for cell in result.cells if result else ():
        for test, cases in cell.tests.items():
            lost = [case for case in cases if case.fraction < 1 and case.outcome is not Outcome.NOT_JUDGED]
            if lost:
                weight = sum(case.weight * (1 - case.fraction) for case in lost)
                yield LostCriterion(
                    notebook=cell.notebook,
                    grade_id=cell.grade_id,
                    test=test,
                    rubric=lost[0].rubric,
                    outcome=lost[0].outcome,
                    message=lost[0].message,
                    points=rounded(cell.points_of_weight * weight),
                )


def _notes(result: SubmissionResult | None) -> tuple[str, ...]:
    if result is None:
        return ()
    notes = (note for note in result.notes if note not in result.error)
    return (*([result.error] if result.error else []), *notes)
