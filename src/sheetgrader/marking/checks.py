"""Which marks can be given, and who can give them; what cannot is told in a sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from sheetgrader.errors import MarkingError
from sheetgrader.marking.model import THE_GRADEBOOK, Mark, QuestionToMark
from sheetgrader.marking.present import value

#: Characters of a marker's name, and of a comment.
MOST_NAME: Final = 100
MOST_COMMENT: Final = 20_000
#: How often an item can apply.
_MOST_TIMES: Final = 1000


def checked_name(name: str) -> str:
    """Return the name of a marker.

    Raises:
        MarkingError: nobody can be called so.
    """
    found = name.strip()
    if not found or not found.isprintable() or len(found) > MOST_NAME or found == THE_GRADEBOOK:
        raise MarkingError(f"{name[:MOST_NAME]!r} cannot be the name of a marker; take one of 1 to {MOST_NAME} letters")
    return found


def checked_text(text: str, what: str) -> str:
    """Return a text for the gradebook.

    Raises:
        MarkingError: it is too long, or holds what is no text; ``what`` it is begins the sentence.
    """
    if len(text) > MOST_COMMENT:
        raise MarkingError(f"{what} has {len(text)} characters, and {MOST_COMMENT} are the most; make it shorter")
    if "\0" in text or not _is_unicode(text):
        raise MarkingError(f"{what} holds characters that cannot be written down; type it again")
    return text


def checked_points(question: QuestionToMark, mark: Mark, kept: Mapping[str, str], *, takes_comment: bool) -> float:
    """Return the points of a mark.

    Args:
        question: whose answer is marked.
        mark: what is to be given.
        kept: texts of kept comments by id.
        takes_comment: the gradebook has a place for a comment.

    Raises:
        MarkingError: no such mark can be given.
    """
    name = question.grade_id
    items = {item.id for item in question.rubric.all_items() if item.can_apply}
    for item, times in mark.applied.items():
        if item not in items:
            raise MarkingError(f"the rubric of {name} has no item {item!r} now; look at it again")
        if not 0 <= times <= _MOST_TIMES:
            raise MarkingError(f"the item {item!r} of {name} cannot apply {times} times; say how often it does")
    if not math.isfinite(mark.adjustment):
        raise MarkingError(f"{mark.adjustment} are no points for {name}; give a number")
    checked_text(mark.comment, f"the comment on {name}")
    if gone := [identifier for identifier in mark.comments if identifier not in kept]:
        raise MarkingError(f"there is no kept comment {gone[0]!r} any more; look at the comments again")
    if (mark.comment.strip() or mark.comments) and not takes_comment:
        raise MarkingError(
            f"nbgrader has no place for a comment on {name}, since no answer cell stands above it; write it on another"
            " answer of the question"
        )
    found = value(question.rubric, mark)
    if found < 0:
        raise MarkingError(f"{found:g} points for {name} are less than 0; take off less")
    if found > question.max_points:
        raise MarkingError(
            f"{found:g} points for {name} are more than the {question.max_points:g} that it is worth; give"
            f" {question.max_points:g} at most"
        )
    return found


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
