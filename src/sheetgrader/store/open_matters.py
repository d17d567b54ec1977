"""What is open about a group's submission, and who has to act."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import msgspec

from sheetgrader.results import CellResult, LookAgain, Outcome, rounded
from sheetgrader.store.facts import GroupFacts, Outline, State
from sheetgrader.store.final_scores import FinalCell
from sheetgrader.store.objections import exchanges


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


_WHO: Final = {
    Action.GRADE: "the autograder",
    Action.MARK: "a tutor",
    Action.LOOK_AGAIN: "a tutor",
    Action.SETTLE: "somebody who decides",
    Action.MEND_GRADER: "an instructor",
    Action.ANSWER: "a tutor",
}


#: What is open besides grading and marking, which every submission goes through.
FLAGGED: Final = (Action.LOOK_AGAIN, Action.SETTLE, Action.MEND_GRADER, Action.ANSWER)


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


def matters(facts: GroupFacts, outline: Outline) -> tuple[Matter, ...]:
    """Return what is open about what a group handed in, each matter once, in the order of the sheet's cells."""
    return tuple(dict.fromkeys(_matters(facts, outline)))


def objections(facts: GroupFacts) -> tuple[Matter, ...]:
    """Return what the group objects to and nobody has answered."""
    unanswered = {
        line: exchange.words
        for line, each in exchanges(facts.decisions).items()
        for exchange in each
        if exchange.answer is None
    }
    return tuple(Matter(action=Action.ANSWER, why=f"Line {line}: {words}") for line, words in unanswered.items())


def _matters(facts: GroupFacts, outline: Outline) -> Iterator[Matter]:
    if facts.state is State.HANDED_IN_AGAIN:
        yield Matter(action=Action.GRADE, why="It was handed in again after it was graded.")
        return
    score, result = facts.score, facts.result
    if score is None:
        return
    error = result.error if result is not None else ""
    undecided = [cell for cell in score.cells if cell.is_undecided]
    if error and undecided:
        points = rounded(sum(cell.max_points for cell in undecided))
        yield Matter(action=Action.SETTLE, points=points, why=error)
    results = {(cell.notebook, cell.grade_id): cell for cell in (result.cells if result else ())}
    looks = {(look.notebook, look.grade_id): look for look in (result.look_again if result else ())}
    for cell in score.cells:
        key = (cell.notebook, cell.grade_id)
        # Where nothing could be made of what was handed in, only earlier marks are open by themselves.
        if error and cell.manual_points is None:
            continue
        matter = _matter(cell, results.get(key), looks.get(key))
        if matter is not None:
            question = outline.question(*key).name
            yield msgspec.structs.replace(matter, question=question, notebook=cell.notebook, grade_id=cell.grade_id)
        if not error and key in results and results[key].points != cell.auto_points:
            yield Matter(action=Action.GRADE, why="The gradebook does not hold what grading found.")
    if error:
        return
    if _is_due_otherwise(facts, outline):
        yield Matter(action=Action.GRADE, why="Its deadline has changed since it was graded.")
    if facts.timestamp not in (None, score.timestamp):
        yield Matter(action=Action.GRADE, why="The time that it was handed in at is another than when graded.")


def _is_due_otherwise(facts: GroupFacts, outline: Outline) -> bool:
    score = facts.score
    if score is None or score.deadline is None or outline.deadline is None:
        return False
    return score.deadline - timedelta(seconds=score.extension_seconds) != outline.deadline


def _matter(cell: FinalCell, result: CellResult | None, look: LookAgain | None) -> Matter | None:
    if cell.manual_points is not None and rounded(cell.manual_points) > rounded(cell.max_points):
        why = f"The mark of {cell.manual_points:g} is more than the {cell.max_points:g} that its cell is worth now."
        return Matter(action=Action.LOOK_AGAIN, points=rounded(cell.max_points), why=f"{why} Give another one.")
    if not cell.is_undecided and not cell.needs_manual_grade:
        return None
    if cell.manual_points is not None:
        return Matter(action=Action.LOOK_AGAIN, points=rounded(cell.max_points), why=_why_again(cell, look))
    if cell.auto_points is not None:
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
