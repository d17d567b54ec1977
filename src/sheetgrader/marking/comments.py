"""Comments that are used again and again: ``marking/<sheet>/comments.toml``."""

from __future__ import annotations

from sheetgrader.marking.marking import Marking
from sheetgrader.marking.model import KeptComment


def kept_comments(marking: Marking) -> tuple[KeptComment, ...]:
    """Return the kept comments with how often each is used, the most used first."""
    raise NotImplementedError


def keep_comment(marking: Marking, text: str) -> KeptComment:
    """Keep a comment; the same text is kept once."""
    raise NotImplementedError


def change_comment(marking: Marking, comment_id: str, text: str) -> KeptComment:
    """Reword a kept comment, for all marks that hold it."""
    raise NotImplementedError


def drop_comment(marking: Marking, comment_id: str) -> None:
    """Keep a comment no longer.

    Raises:
        MarkingError: there is none of that id, or marks hold it.
    """
    raise NotImplementedError
