"""What passes between the marking page and whoever keeps its marks; JSON, told apart from what only the course knows.

Nothing here says whose an answer is: groups, their names and the names of hidden tests stay with the server.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from sheetgrader.marking.model import (
    AnswerToMark,
    CurrentMark,
    KeptComment,
    Mark,
    QuestionProgress,
    QuestionToMark,
)
from sheetgrader.marking.rubrics import Item, Rule
from sheetgrader.results import rounded

#: More than anybody marks at once, or types.
_MOST_ANSWERS = 5000
_LONGEST = 20_000
#: Items of items of items …: deeper than any scheme.
_DEEPEST = 8

Identifier = Annotated[str, msgspec.Meta(max_length=300)]
Words = Annotated[str, msgspec.Meta(max_length=_LONGEST)]
Points = Annotated[float, msgspec.Meta(ge=-1000, le=1000)]


class ShownItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a rubric, to be read and to be changed."""

    id: Identifier
    rule: Rule
    points: Points
    each: bool = False
    at_most: Points | None = None
    text: Words = ""
    #: Its text as clean HTML; not read back.
    html: str = ""
    items: tuple[ShownItem, ...] = ()


class ShownQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question in the list of them."""

    id: str
    #: The cell and its title, as students know it.
    name: str
    title: str
    #: What an answer can get.
    most: float
    #: Tests judge it; people see to what they could not judge.
    is_judged: bool
    marked: int
    answers: int
    #: Marks whose points are not what the rubric comes to now.
    by_earlier_rubric: int
    items: tuple[ShownItem, ...]


class ShownMark(msgspec.Struct, frozen=True, kw_only=True):
    """The mark that an answer has."""

    applied: dict[str, int]
    adjustment: float
    points: float | None
    comment: str
    comments: tuple[str, ...]
    by: str
    is_others: bool
    is_for_earlier_answer: bool
    is_beside_other_verdict: bool


class ShownAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer in the list of them."""

    id: str
    #: What the page calls it: its place in the order, which says nothing of whose it is.
    number: int
    digest: str
    version: str
    is_empty: bool
    is_unread: bool
    is_open: bool
    cluster: str
    wording: str
    #: It is in the share of whoever looks at it.
    is_mine: bool
    auto_points: float | None
    mark: ShownMark | None
    #: What the scans of whoever answered are called; empty where there are none.
    scans: str
    #: Why somebody is to look again; None where nobody is.
    second_look: str | None
    handed_to: str


class ShownSheet(msgspec.Struct, frozen=True, kw_only=True):
    """What the page begins with."""

    name: str
    title: str
    marker: str
    questions: tuple[ShownQuestion, ...]
    comments: tuple[KeptComment, ...]
    #: Sentences about what could not be read.
    remarks: tuple[str, ...] = ()


class SeenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer and the version of it that a marker has seen."""

    id: Identifier
    version: Identifier


class NewMark(msgspec.Struct, frozen=True, kw_only=True):
    """A mark for one answer or several."""

    question: Identifier
    answers: Annotated[tuple[SeenAnswer, ...], msgspec.Meta(min_length=1, max_length=_MOST_ANSWERS)]
    applied: dict[Identifier, Annotated[int, msgspec.Meta(ge=1, le=1000)]] = {}
    adjustment: Points = 0.0
    comment: Words = ""
    comments: tuple[Identifier, ...] = ()

    def mark(self) -> Mark:
        """Return it as marks are kept."""
        return Mark(
            applied=dict(self.applied),
            adjustment=rounded(self.adjustment),
            comment=self.comment.strip(),
            comments=self.comments,
        )


class UndoneMarks(msgspec.Struct, frozen=True, kw_only=True):
    """Marks to be taken back."""

    question: Identifier
    answers: Annotated[tuple[SeenAnswer, ...], msgspec.Meta(min_length=1, max_length=_MOST_ANSWERS)]


class BecameOfMark(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a mark that was to be given or taken back: ``given``, ``conflict`` or ``refused``."""

    id: str
    became: str
    answer: ShownAnswer | None = None
    sentence: str = ""


class WantedLook(msgspec.Struct, frozen=True, kw_only=True):
    """A second look that is asked for, or not any more."""

    question: Identifier
    answer: Identifier
    is_wanted: bool
    why: Words = ""


class NewMarker(msgspec.Struct, frozen=True, kw_only=True):
    """Who is to mark an answer."""

    question: Identifier
    answer: Identifier
    to: Identifier


class NewComment(msgspec.Struct, frozen=True, kw_only=True):
    """A comment to be kept, or to be reworded where it has an id."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=_LONGEST)]
    id: Identifier = ""


class NewRubric(msgspec.Struct, frozen=True, kw_only=True):
    """A changed rubric; with the token of the preview that was looked at, to be applied."""

    question: Identifier
    items: tuple[ShownItem, ...]
    token: Identifier = ""


class ShownChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a changed rubric does to one mark."""

    id: str
    number: int
    before: float
    after: float
    #: What else is to be known about it.
    remark: str


class ShownPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a changed rubric does to all of them."""

    token: str
    changes: tuple[ShownChange, ...]
    #: Marks that stay as they are.
    unchanged: int
    #: What is wrong with the rubric, one sentence each.
    problems: tuple[str, ...] = ()
    #: Set where marks have changed since it was looked at: this is how it is now.
    sentence: str = ""


def question_id(question: QuestionToMark) -> str:
    """Return what the page calls a question."""
    return f"{question.notebook}/{question.grade_id}"


def is_listed(question: QuestionToMark, progress: QuestionProgress | None) -> bool:
    """Say whether the page lists a question: not where tests judge it, it is worth nothing, and nobody has to decide.
    What its tests say stands beside the answer all the same.
    """
    return question.kind.is_by_hand or question.max_points > 0 or (progress is not None and progress.answers > 0)


def shown_question(
    question: QuestionToMark, progress: QuestionProgress | None, html: dict[str, str], *, has_several_notebooks: bool
) -> ShownQuestion:
    """Return a question as the page lists it.

    Args:
        question: which one.
        progress: how far its marking is.
        html: the texts of items as clean HTML, by text.
        has_several_notebooks: its notebook is told.
    """
    # Cells are named after their questions: ``ex3_text``, ``ex3_code``.
    name = question.grade_id.removesuffix("_text")
    return ShownQuestion(
        id=question_id(question),
        name=f"{name} in {question.notebook}" if has_several_notebooks else name,
        title=question.title,
        most=question.max_points,
        is_judged=not question.kind.is_by_hand,
        marked=progress.done if progress else 0,
        answers=progress.answers if progress else 0,
        by_earlier_rubric=progress.by_earlier_rubric if progress else 0,
        items=tuple(_shown_item(item, html) for item in question.rubric.items),
    )


def shown_answer(answer: AnswerToMark, number: int, *, is_mine: bool, scans: str = "") -> ShownAnswer:
    """Return an answer as the page lists it, without whose it is."""
    return ShownAnswer(
        id=answer.id,
        number=number,
        digest=answer.digest,
        version=answer.version,
        is_empty=answer.is_empty,
        is_unread=answer.is_unread,
        is_open=answer.is_open,
        cluster=answer.cluster,
        wording=answer.wording,
        is_mine=is_mine,
        auto_points=answer.auto_points,
        mark=None if answer.mark is None else _shown_mark(answer.mark),
        scans=scans,
        second_look=answer.second_look,
        handed_to=answer.handed_to,
    )


def items_of(shown: tuple[ShownItem, ...], depth: int = 0) -> tuple[Item, ...]:
    """Return the items of a rubric as they were changed.

    Raises:
        ValueError: they stand in each other more deeply than anybody writes.
    """
    if depth > _DEEPEST:
        raise ValueError("items stand in items more than eight deep")
    return tuple(
        Item(
            id=item.id,
            rule=item.rule,
            points=rounded(item.points),
            text=item.text.strip(),
            each=item.each,
            at_most=item.at_most,
            items=items_of(item.items, depth + 1),
        )
        for item in shown
    )


def _shown_item(item: Item, html: dict[str, str]) -> ShownItem:
    return ShownItem(
        id=item.id,
        rule=item.rule,
        points=item.points,
        each=item.each,
        at_most=item.at_most,
        text=item.text,
        html=html.get(item.text, ""),
        items=tuple(_shown_item(inner, html) for inner in item.items),
    )


def _shown_mark(current: CurrentMark) -> ShownMark:
    return ShownMark(
        applied=current.mark.applied,
        adjustment=current.mark.adjustment,
        points=current.points,
        comment=current.mark.comment,
        comments=current.mark.comments,
        by=current.by,
        is_others=current.is_others,
        is_for_earlier_answer=current.is_for_earlier_answer,
        is_beside_other_verdict=current.is_beside_other_verdict,
    )
