"""Where every group stands with a sheet, and who has to act: the one place that every table, page and export reads."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from sheetgrader.course.questions import QuestionName, question_of_name
from sheetgrader.results import CellResult, CriterionResult, LookAgain, Outcome, SubmissionResult, rounded
from sheetgrader.store.decisions import (
    Answered,
    AnyDecision,
    Objected,
    Settled,
    SettlementKind,
    extension_seconds,
    settlement,
)
from sheetgrader.store.final_scores import FinalCell, FinalScore


class State(enum.Enum):
    """How far a group's submission has come."""

    NOT_HANDED_IN = "not handed in"
    NOT_GRADED = "not graded"
    GRADED = "graded"
    #: Nothing in it could be read or run, and nobody has given all its points by hand.
    CANNOT_BE_GRADED = "cannot be graded"
    #: What was graded is not what lies there now.
    HANDED_IN_AGAIN = "handed in again"


class Action(enum.Enum):
    """What has to be done about a matter."""

    GRADE = "grade"
    MARK = "mark"
    LOOK_AGAIN = "look again"
    SETTLE = "settle"
    MEND_GRADER = "mend a grader"
    ANSWER = "answer"

    @property
    def who(self) -> str:
        """Who does it."""
        return _WHO[self]


_WHO = {
    Action.GRADE: "the autograder",
    Action.MARK: "a tutor",
    Action.LOOK_AGAIN: "a tutor",
    Action.SETTLE: "somebody who decides",
    Action.MEND_GRADER: "an instructor",
    Action.ANSWER: "a tutor",
}


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is open, and for whom."""

    action: Action
    #: The question it is about, as ``ex3``; empty where it is about the submission as a whole.
    question: str = ""
    notebook: str = ""
    grade_id: str = ""
    #: Points that depend on it.
    points: float = 0.0
    #: One sentence.
    why: str = ""


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

    def open_for(self, *actions: Action) -> list[Matter]:
        """Return the open matters that ask for one of ``actions``."""
        return [matter for matter in self.open if matter.action in actions]


@dataclass(frozen=True)
class GroupFacts:
    """What is known of one group, from wherever it is kept."""

    group: str
    names: str = ""
    score: FinalScore | None = None
    result: SubmissionResult | None = None
    decisions: tuple[AnyDecision, ...] = ()
    #: Digest of what lies in the group's folder; empty for nothing.
    handed_in: str = ""
    has_folder: bool = False
    #: When that was handed in, in UTC, where it may be another time than the gradebook has.
    timestamp: datetime | None = None


@dataclass(frozen=True)
class Outline:
    """What a sheet asks for."""

    #: By notebook and ``grade_id``, in the sheet's order.
    questions: Mapping[tuple[str, str], QuestionName]
    #: Names of questions that count on top.
    bonus: tuple[str, ...] = ()
    #: When it is due, in UTC.
    deadline: datetime | None = None

    def question(self, notebook: str, grade_id: str) -> QuestionName:
        """Return the question that a cell belongs to."""
        name = question_of_name(grade_id)
        return self.questions.get((notebook, grade_id)) or QuestionName(name, name)


@dataclass
class _Sum:
    """The points of one question while its cells are added up."""

    title: str
    max_points: float = 0.0
    tests: float = 0.0
    marks: float = 0.0
    open_points: float = 0.0
    has_earlier_mark: bool = False


@dataclass
class _Open:
    """Open matters in the order in which they are found, each once."""

    found: dict[tuple[object, ...], Matter] = field(default_factory=dict)

    def add(self, matter: Matter) -> None:
        self.found.setdefault((matter.action, matter.notebook, matter.grade_id, matter.why), matter)


def standing(facts: GroupFacts, outline: Outline) -> GroupStanding:
    """Return where a group stands: everything follows from what is known of it, and nothing is asked for."""
    score = facts.score
    state = _state(facts)
    settled = settlement(facts.decisions, facts.handed_in)
    handed_in = _handed_in(facts, outline)
    objections = tuple(_objections(facts.decisions))
    if score is None or state is State.NOT_HANDED_IN:
        ungraded = (Matter(action=Action.GRADE, why="It is not graded yet."),) if state is State.NOT_GRADED else ()
        return GroupStanding(
            group=facts.group,
            state=state,
            names=facts.names,
            handed_in=handed_in,
            final=_final(0.0, settled),
            settled=settled,
            open=() if settled else (*ungraded, *objections),
        )
    questions = _questions(score, outline)
    matters = () if settled else tuple(_matters(facts, state, outline))
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
        open=(*matters, *objections),
        lost=tuple(_lost(facts.result)),
        notes=_notes(facts.result),
    )


def _state(facts: GroupFacts) -> State:
    cells = facts.score.cells if facts.score is not None else ()
    if not facts.has_folder:
        is_graded = any(cell.auto_points is not None or cell.manual_points is not None for cell in cells)
        return State.GRADED if is_graded else State.NOT_HANDED_IN
    if not cells:
        return State.NOT_GRADED
    graded = facts.result.handed_in if facts.result else ""
    if graded and facts.handed_in != graded:
        return State.HANDED_IN_AGAIN
    if facts.result is not None and facts.result.error and any(_is_undecided(cell) for cell in cells):
        return State.CANNOT_BE_GRADED
    return State.GRADED


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
            of.has_earlier_mark = of.has_earlier_mark or cell.needs_manual_grade
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


def _matters(facts: GroupFacts, state: State, outline: Outline) -> Iterable[Matter]:
    if state is State.HANDED_IN_AGAIN:
        return [Matter(action=Action.GRADE, why="It was handed in again after it was graded.")]
    assert facts.score is not None  # noqa: S101 # it is where anything was graded
    result = facts.result
    undecided = [cell for cell in facts.score.cells if _is_undecided(cell)]
    if result is not None and result.error:
        points = sum(cell.max_points for cell in undecided)
        settle = [Matter(action=Action.SETTLE, points=rounded(points), why=result.error)] if undecided else []
        return [*settle, *_flagged(facts.score, result, outline)]
    found = _Open()
    results = {(cell.notebook, cell.grade_id): cell for cell in (result.cells if result else ())}
    looks = {(look.notebook, look.grade_id): look for look in (result.look_again if result else ())}
    for cell in facts.score.cells:
        key = (cell.notebook, cell.grade_id)
        matter = _matter(cell, results.get(key), looks.get(key))
        if matter is not None:
            question = outline.question(*key).name
            found.add(
                msgspec.structs.replace(matter, question=question, notebook=cell.notebook, grade_id=cell.grade_id)
            )
        if key in results and results[key].points != cell.auto_points:
            found.add(Matter(action=Action.GRADE, why="The gradebook does not hold what grading found."))
    if _is_due_otherwise(facts, outline):
        found.add(Matter(action=Action.GRADE, why="Its deadline has changed since it was graded."))
    if facts.timestamp not in (None, facts.score.timestamp):
        found.add(Matter(action=Action.GRADE, why="The time that it was handed in at is another than when graded."))
    return found.found.values()


def _flagged(score: FinalScore, result: SubmissionResult, outline: Outline) -> Iterator[Matter]:
    """Yield the marks that were given before nothing could be made of what was handed in."""
    looks = {(look.notebook, look.grade_id): look for look in result.look_again}
    for cell in score.cells:
        key = (cell.notebook, cell.grade_id)
        if cell.manual_points is not None and (matter := _matter(cell, None, looks.get(key))) is not None:
            yield msgspec.structs.replace(
                matter, question=outline.question(*key).name, notebook=cell.notebook, grade_id=cell.grade_id
            )


def _is_undecided(cell: FinalCell) -> bool:
    return cell.auto_points is None and cell.manual_points is None


def _is_due_otherwise(facts: GroupFacts, outline: Outline) -> bool:
    score = facts.score
    if score is None or score.deadline is None or outline.deadline is None:
        return False
    return score.deadline - timedelta(seconds=score.extension_seconds) != outline.deadline


def _matter(cell: FinalCell, result: CellResult | None, look: LookAgain | None) -> Matter | None:
    if cell.manual_points is not None:
        if not cell.needs_manual_grade:
            return None
        return Matter(action=Action.LOOK_AGAIN, points=rounded(cell.max_points), why=_why_again(cell, look))
    if cell.auto_points is not None:
        if not cell.needs_manual_grade:
            return None
        why = result.message if result is not None and result.message else "Its verdict was flagged."
        return Matter(action=Action.LOOK_AGAIN, points=rounded(cell.max_points), why=why)
    if result is not None and result.outcome is Outcome.NOT_JUDGED:
        return _not_judged(result, rounded(cell.max_points))
    return Matter(action=Action.MARK, points=rounded(cell.max_points))


def _not_judged(result: CellResult, points: float) -> Matter:
    unstable = next((criterion for criterion in result.criteria if criterion.unstable), None)
    if unstable is not None:
        return Matter(action=Action.LOOK_AGAIN, points=points, why=unstable.remark)
    failed = next((criterion for criterion in result.criteria if criterion.outcome is Outcome.NOT_JUDGED), None)
    if failed is not None:
        why = failed.message or result.message or "It was not judged."
        return Matter(action=Action.MEND_GRADER, points=points, why=why)
    # The answer is odd, and no grader: copied, say, or gone.
    return Matter(action=Action.MARK, points=points, why=result.message)


def _why_again(cell: FinalCell, look: LookAgain | None) -> str:
    mark = f"the mark of {cell.manual_points:g}" if cell.manual_points is not None else "the mark"
    if look is None:
        return f"The gradebook has a flag beside {mark}."
    before, after = _told(look, "before"), _told(look, "after")
    if not look.answer_changed:
        return f"Its tests give {after} now and gave {before} when {mark} was given."
    tests = "" if before == after else f"; its tests gave {before} then and give {after} now"
    return f"The answer is not the one that {mark} was given to{tests}."


def _told(look: LookAgain, when: str) -> str:
    points, outcome = (
        (look.points_before, look.outcome_before) if when == "before" else (look.points_after, look.outcome_after)
    )
    told = "no points" if points is None else f"{rounded(points):g} points"
    return told if outcome is None else f"{told} ({outcome.value})"


def _objections(decisions: Iterable[AnyDecision]) -> Iterator[Matter]:
    unanswered: dict[str, Objected] = {}
    for decision in decisions:
        if isinstance(decision, Objected):
            unanswered[decision.line] = decision
        elif isinstance(decision, Answered):
            unanswered.pop(decision.line, None)
    for line, objection in unanswered.items():
        yield Matter(action=Action.ANSWER, why=f"Line {line}: {objection.why}")


def _lost(result: SubmissionResult | None) -> Iterator[LostCriterion]:
    for cell in result.cells if result else ():
        if all(criterion.fraction >= 1 for criterion in cell.criteria):
            continue
        weight = sum(criterion.weight for criterion in cell.criteria)
        by_test: dict[str, list[CriterionResult]] = {}
        for criterion in cell.criteria:
            by_test.setdefault(criterion.test, []).append(criterion)
        for test, cases in by_test.items():
            lost = [case for case in cases if case.fraction < 1 and case.outcome is not Outcome.NOT_JUDGED]
            if lost:
                share = sum(case.weight * (1 - case.fraction) for case in lost) / weight if weight else 0.0
                yield LostCriterion(
                    notebook=cell.notebook,
                    grade_id=cell.grade_id,
                    test=test,
                    rubric=lost[0].rubric,
                    outcome=lost[0].outcome,
                    message=lost[0].message,
                    points=rounded(cell.max_points * share),
                )


def _notes(result: SubmissionResult | None) -> tuple[str, ...]:
    if result is None:
        return ()
    notes = (note for note in result.notes if note not in result.error)
    return (*([result.error] if result.error else []), *notes)
