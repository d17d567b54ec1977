"""The file of kept comments: ``marking/<sheet>/comments.toml``, for people to read and to edit."""

from __future__ import annotations

import codecs
import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import tomli_w

from sheetgrader.course.directory import Sheet
from sheetgrader.course.files import read_plain_file
from sheetgrader.course.staging import write_file
from sheetgrader.errors import CourseError, MarkingError
from sheetgrader.marking.checks import checked_text
from sheetgrader.marking.rubric_file import locked_folder
from sheetgrader.store.decisions import decisions_folder


class _Comment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    text: str


class _Bank(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    comment: tuple[_Comment, ...] = ()


def bank_file(sheet: Sheet) -> Path:
    """Return where the kept comments of a sheet are."""
    return decisions_folder(sheet) / "comments.toml"


def read_bank(sheet: Sheet) -> dict[str, str]:
    """Return the kept comments by id, in the order of the file.

    Raises:
        CourseError: the file cannot be read.
    """
    path = bank_file(sheet)
    try:
        bank = msgspec.toml.decode(read_plain_file(path).removeprefix(codecs.BOM_UTF8), type=_Bank)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}") from None
    # A number of thousands of digits is a plain ValueError of Python's, as is what is no UTF-8.
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise CourseError(f"{path} holds no comments that can be read: {error}; mend it, or put a copy back") from None
    try:
        found = {comment.id: checked_text(comment.text, f"the comment {comment.id!r}") for comment in bank.comment}
    except MarkingError as error:
        raise CourseError(f"{path}: {error}") from None
    if len(found) < len(bank.comment):
        raise CourseError(f"{path} has two comments of one id; give one of them another")
    return found


@contextlib.contextmanager
def changing_bank(sheet: Sheet) -> Iterator[dict[str, str]]:
    """Give the kept comments to be changed in the block, in which nobody else changes them; written when it ends.

    Raises:
        MarkingError: the file cannot be written; it is as it was before.
        CourseError: the file cannot be read.
    """
    path = bank_file(sheet)
    try:
        with locked_folder(path.parent):
            kept = read_bank(sheet)
            before = dict(kept)
            yield kept
            if kept != before:
                bank = {"comment": [{"id": name, "text": text} for name, text in kept.items()]}
                write_file(path, tomli_w.dumps(bank, multiline_strings=True).encode())
    except OSError as error:
        raise MarkingError(f"{path} cannot be written: {error.strerror}; it is as it was") from None
