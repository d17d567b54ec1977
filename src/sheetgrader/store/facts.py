"""What is known of a group and of a sheet, from wherever it is kept: where the group stands follows from it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sheetgrader.course.questions import QuestionName, question_of_name
from sheetgrader.results import SubmissionResult
from sheetgrader.store.decisions import AnyDecision
from sheetgrader.store.final_scores import FinalScore


class State(enum.Enum):
    """How far a group's submission has come."""

    NOT_HANDED_IN = "not handed in"
    NOT_GRADED = "not graded"
    GRADED = "graded"
    #: Nothing in it could be read or run, and nobody has given all its points by hand.
    CANNOT_BE_GRADED = "cannot be graded"
    #: What was graded is not what lies there now.
    HANDED_IN_AGAIN = "handed in again"


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

    @property
    def state(self) -> State:
        """How far its submission has come."""
        cells = self.score.cells if self.score is not None else ()
        if not self.has_folder:
            is_graded = any(cell.auto_points is not None or cell.manual_points is not None for cell in cells)
            return State.GRADED if is_graded else State.NOT_HANDED_IN
        if not cells:
            return State.NOT_GRADED
        graded = self.result.handed_in if self.result else ""
        if graded and self.handed_in != graded:
            return State.HANDED_IN_AGAIN
        if self.result is not None and self.result.error and any(cell.is_undecided for cell in cells):
            return State.CANNOT_BE_GRADED
        return State.GRADED


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
