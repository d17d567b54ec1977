"""What marking is about: questions, the answers to them, marks, and what becomes of one that is given."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any, Final

import msgspec

from sheetgrader.marking.rubrics import Rubric
from sheetgrader.results import CellResult

#: Who has given a mark that was found in the gradebook: whoever uses the formgrader.
THE_GRADEBOOK: Final = "the gradebook"


class QuestionKind(enum.Enum):
    """What an answer is, and who judges it."""

    #: Text, marked by hand.
    TEXT = "text"
    #: Code, marked by hand.
    CODE = "code"
    #: A task of nbgrader's: its answer are the cells below it.
    TASK = "task"
    #: Tests judge the code above; a person may overrule them, or decide where they could not.
    TEST = "test"

    @property
    def is_by_hand(self) -> bool:
        """Whether people mark it in any case."""
        return self is not QuestionKind.TEST


class QuestionToMark(msgspec.Struct, frozen=True, kw_only=True):
    """One cell with points."""

    notebook: str
    grade_id: str
    #: The question it belongs to, as ``ex3``, and its title.
    name: str
    title: str
    kind: QuestionKind
    max_points: float
    rubric: Rubric

    @property
    def key(self) -> tuple[str, str]:
        """Notebook and ``grade_id``."""
        return self.notebook, self.grade_id


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody gives for an answer."""

    #: How often each item of the rubric applies, by the item's id.
    applied: dict[str, int] = {}
    #: Points on top of what the items come to, or taken off.
    adjustment: float = 0.0
    #: Markdown, for the group; beside the kept comments.
    comment: str = ""
    #: Ids of kept comments.
    comments: tuple[str, ...] = ()


class CurrentMark(msgspec.Struct, frozen=True, kw_only=True):
    """The mark that an answer has now."""

    mark: Mark
    #: What counts; None where there is only a comment.
    points: float | None
    by: str
    #: None where it is not known, for a mark that was found in the gradebook.
    when: datetime | None = None
    #: It was given in the gradebook, by the formgrader or another program: its points are the adjustment.
    is_others: bool = False
    #: The answer was another when it was given, and nobody has said since that it holds.
    is_for_earlier_answer: bool = False
    #: The answer is the same, its verdict was another, and nobody has said since that it holds.
    is_beside_other_verdict: bool = False
    #: Its points are not what the rubric comes to now.
    is_by_earlier_rubric: bool = False


def is_open(mark: CurrentMark | None, auto_points: float | None) -> bool:
    """Say whether somebody still has to mark an answer, or to look at its mark again."""
    if mark is None or mark.points is None:
        return auto_points is None
    return mark.is_for_earlier_answer or mark.is_beside_other_verdict


class AnswerToMark(msgspec.Struct, frozen=True, kw_only=True):
    """A group's answer to one question. What it says is not here, see ``Marking.cells``: for a whole question that
    would be all its figures at once.
    """

    #: Tells nobody whose it is who has not the course's secret.
    id: str
    #: Never for a page that is blind.
    group: str
    notebook: str
    grade_id: str
    #: As :func:`sheetgrader.store.answers.answers` makes it.
    digest: str
    is_empty: bool
    #: Nothing of what the group handed in could be read or run: somebody is to settle that first.
    is_unread: bool = False
    #: The same for answers to be marked together: equal and near-equal ones, code of equal verdicts, empty ones.
    cluster: str
    #: The same for answers that say the same word for word, white space aside.
    wording: str
    #: Of the cell itself, or of the tests of the same question.
    verdict: CellResult | None
    #: Points by the autograder, which count where nobody has marked.
    auto_points: float | None
    #: nbgrader's, on top of whatever is given here.
    extra_credit: float
    mark: CurrentMark | None
    #: Somebody asked for a second look, in these words; None where nobody did.
    second_look: str | None
    #: The marker who is to mark it; empty for nobody in particular.
    handed_to: str
    #: Of its present mark and answer; whoever marks says which one they saw.
    version: str

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to mark it, or to look at its mark again."""
        return is_open(self.mark, self.auto_points)


#: A cell of an answer as it stands in the notebook: cell_type, source as one text, outputs, attachments, metadata.
AnswerCell = dict[str, Any]


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A mark was given, or taken back; this is the answer now."""

    answer: AnswerToMark


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing was written: mark or answer are not those that were seen. Whoever gives it once more with the version of
    ``answer`` writes over what is there.
    """

    #: As it is now, with the mark that is there.
    answer: AnswerToMark
    #: What was to be given; None where one was to be taken back.
    mark: Mark | None
    #: The group's answer is another since; else only its mark is.
    answer_changed: bool


class QuestionProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far the marking of one question is."""

    notebook: str
    grade_id: str
    #: Answers that people mark: of tests, those that could not judge.
    answers: int
    #: How many of them are done.
    done: int
    #: Done by each marker; those of the gradebook under its name.
    by_marker: dict[str, int]
    second_looks: int
    #: Marks whose points are not what the rubric comes to now: a change of it was cut off, or its file was changed.
    by_earlier_rubric: int
    #: Open ones that were handed over, by marker.
    handed_over: dict[str, int]


class SheetProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far the marking of a sheet is."""

    questions: tuple[QuestionProgress, ...]

    @property
    def answers(self) -> int:
        """Answers that people mark."""
        return sum(question.answers for question in self.questions)

    @property
    def done(self) -> int:
        """How many of them are done."""
        return sum(question.done for question in self.questions)


class PointChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a changed rubric does to one group's mark."""

    answer: str
    group: str
    points_before: float
    points_after: float
    #: Items that applied and are not there any more.
    lost_items: tuple[str, ...] = ()
    #: With its adjustment it would be below 0 or above what the cell is worth; the adjustment is made to fit.
    is_limited: bool = False
    #: Given in the gradebook: it stays as it is.
    is_others: bool = False

    @property
    def is_change(self) -> bool:
        """Whether the points are other ones."""
        return self.points_before != self.points_after


class RubricPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a changed rubric does, to be looked at before it is applied."""

    rubric: Rubric
    #: Of every group that has a mark for this question, by group.
    changes: tuple[PointChange, ...]
    #: Of what it was made from; where that is another meanwhile, it is not applied.
    version: str


class KeptComment(msgspec.Struct, frozen=True, kw_only=True):
    """A comment that is used again and again."""

    id: str
    text: str
    #: Marks that hold it now.
    uses: int = 0


class PacketMark(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a packet's marks file: what somebody has given for one answer, away from the course."""

    #: Which packet it was given in.
    packet: str
    #: The answer's id, and its digest and version as the packet had them; version empty for none.
    answer: str
    digest: str
    version: str = ""
    by: str
    when: datetime
    #: Without a mark, only the flags below are meant.
    mark: Mark | None = None
    #: Whether somebody is to look a second time, and why; None says nothing about it.
    second_look: bool | None = None
    why: str = ""
    #: None says nothing about it.
    handed_to: str | None = None


class MergedMark(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a mark out of a packet."""

    packet_mark: PacketMark
    #: As it is after merging; None where nobody knows of it.
    answer: AnswerToMark | None
    #: One sentence, where it was not taken.
    why: str = ""


class MergeReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of all that packets brought; nothing of it is decided in silence."""

    #: Written.
    taken: tuple[MergedMark, ...] = ()
    #: There already, word for word.
    same: tuple[MergedMark, ...] = ()
    #: Not written: somebody else has marked otherwise.
    conflicts: tuple[MergedMark, ...] = ()
    #: Not written: the same marker has given another one later.
    outdated: tuple[MergedMark, ...] = ()
    #: Not written: the answer is another since.
    answer_changed: tuple[MergedMark, ...] = ()
    #: Not written: no answer of this course has that id.
    unknown: tuple[MergedMark, ...] = ()
    #: Not written: no such mark can be given, by the rubric or the points of its cell.
    refused: tuple[MergedMark, ...] = ()
