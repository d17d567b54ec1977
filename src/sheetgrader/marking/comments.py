"""Comments that are used again and again: kept, counted, and changed once for all marks that hold them."""

from __future__ import annotations

import secrets
from collections import Counter

from sheetgrader.errors import MarkingError
from sheetgrader.marking.checks import checked_text
from sheetgrader.marking.comment_bank import changing_bank, read_bank
from sheetgrader.marking.marking import Marking
from sheetgrader.marking.model import KeptComment


def kept_comments(marking: Marking) -> tuple[KeptComment, ...]:
    """Return the kept comments with how often each is used, the most used first.

    Raises:
        CourseError: the comments, or what was decided cannot be read.
    """
    uses = Counter(comment for mark in marking.marks() for comment in mark.comments)
    found = [KeptComment(id=name, text=text, uses=uses[name]) for name, text in read_bank(marking.sheet).items()]
    return tuple(sorted(found, key=lambda comment: -comment.uses))


def keep_comment(marking: Marking, text: str) -> KeptComment:
    """Keep a comment; the same text is kept once.

    Raises:
        MarkingError: it is no text, or cannot be written.
        CourseError: the comments cannot be read.
    """
    text = _checked(text)
    with changing_bank(marking.sheet) as kept:
        name = next((name for name, other in kept.items() if other == text), None)
        if name is None:
            # Two folders that are merged have no id twice.
            name = secrets.token_hex(4)
            kept[name] = text
    return _kept(marking, name)


def change_comment(marking: Marking, comment_id: str, text: str) -> KeptComment:
    """Reword a kept comment, for all marks that hold it.

    Raises:
        MarkingError: there is none of that id, or it is no text, or cannot be written.
        GradebookError: the gradebook cannot be written; it follows when a question is opened the next time.
        CourseError: the comments, or what was decided cannot be read.
    """
    text = _checked(text)
    with changing_bank(marking.sheet) as kept:
        if comment_id not in kept:
            raise _unknown(comment_id)
        kept[comment_id] = text
    marking.put_right()
    return _kept(marking, comment_id)


def drop_comment(marking: Marking, comment_id: str) -> None:
    """Keep a comment no longer.

    Raises:
        MarkingError: there is none of that id, or marks hold it.
        CourseError: the comments, or what was decided cannot be read.
    """
    with changing_bank(marking.sheet) as kept:
        if comment_id not in kept:
            raise _unknown(comment_id)
        uses = sum(comment_id in mark.comments for mark in marking.marks())
        if uses:
            raise MarkingError(f"{uses} marks hold the comment {comment_id}; take it off them first, or reword it")
        del kept[comment_id]


def _kept(marking: Marking, comment_id: str) -> KeptComment:
    return next(comment for comment in kept_comments(marking) if comment.id == comment_id)


def _checked(text: str) -> str:
    if not text.strip():
        raise MarkingError("a comment without words cannot be kept; write some")
    return checked_text(text.strip().replace("\r\n", "\n"), "the comment")


def _unknown(comment_id: str) -> MarkingError:
    return MarkingError(f"there is no kept comment {comment_id[:40]!r}; look at the comments again")
