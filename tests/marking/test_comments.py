"""Comments that are kept, counted and changed once for all."""

from __future__ import annotations

import codecs
import os

import pytest

from sheetgrader.course.directory import Sheet
from sheetgrader.errors import CourseError, GradebookError, MarkingError
from sheetgrader.marking.comment_bank import bank_file
from sheetgrader.marking.comments import change_comment, drop_comment, keep_comment, kept_comments
from sheetgrader.marking.model import KeptComment, Mark
from sheetgrader.marking.rubric_file import rubric_file
from sheetgrader.store.marks import MarksInGradebook

from .courses import answer_of, give, in_gradebook, mark_in_formgrader, marking


def test_a_comment_is_kept_once_counted_and_changed_for_all(sheet: Sheet) -> None:
    found = marking(sheet)
    sign = keep_comment(found, "The sign is not justified: $x < 0$.")
    assert keep_comment(found, "The sign is not justified: $x < 0$. ").id == sign.id
    rare = keep_comment(found, 'Quotes " and\r\nlines """ and \\\\.')
    for group in ("ada", "emmy"):
        give(found, group, Mark(adjustment=1.0, comments=(sign.id,), comment="Else good."))
    before = answer_of(found, "ada")
    assert kept_comments(found) == (
        KeptComment(id=sign.id, text=sign.text, uses=2),
        KeptComment(id=rare.id, text='Quotes " and\nlines """ and \\\\.', uses=0),
    )
    assert in_gradebook(sheet, "ada")[2] == "The sign is not justified: $x < 0$.\n\nElse good."
    assert change_comment(found, sign.id, "Which sign?").uses == 2
    for group in ("ada", "emmy"):
        assert in_gradebook(sheet, group) == (1.0, False, "Which sign?\n\nElse good.")
    # Whoever sees the mark meanwhile sees no other mark.
    assert answer_of(found, "ada") == before
    with pytest.raises(MarkingError, match="2 marks hold the comment"):
        drop_comment(found, sign.id)
    drop_comment(found, rare.id)
    assert len(kept_comments(marking(sheet))) == 1


def test_a_comment_that_others_have_changed_in_the_gradebook_stays(sheet: Sheet) -> None:
    found = marking(sheet)
    kept = keep_comment(found, "First.")
    give(found, "ada", Mark(adjustment=1.0, comments=(kept.id,)))
    mark_in_formgrader(sheet, "ada", 1.0, "By hand.")
    change_comment(found, kept.id, "Second.")
    assert in_gradebook(sheet, "ada") == (1.0, False, "By hand.")


def test_where_the_file_is_lost_the_gradebook_keeps_the_words(sheet: Sheet) -> None:
    found = marking(sheet)
    kept = keep_comment(found, "Which sign?")
    give(found, "ada", Mark(adjustment=1.0, comments=(kept.id,)))
    path = bank_file(sheet)
    content = path.read_bytes()
    path.unlink()
    later = marking(sheet, "curie")
    assert later.put_right() == 0
    mark = answer_of(later, "ada").mark
    assert mark is not None
    assert (mark.by, mark.is_others) == ("noether", False)
    assert in_gradebook(sheet, "ada") == (1.0, False, "Which sign?")
    assert later.remarks() == (
        f"{path} has no comment {kept.id!r}, which a mark holds; put a copy of the file back: until then the gradebook"
        " keeps the words that it was told",
    )
    path.write_bytes(content)
    assert change_comment(later, kept.id, "What sign?").uses == 1
    assert in_gradebook(sheet, "ada")[2] == "What sign?"
    assert later.remarks() == ()


def test_where_the_gradebook_fails_it_follows_later(sheet: Sheet, monkeypatch: pytest.MonkeyPatch) -> None:
    found = marking(sheet)
    kept = keep_comment(found, "First.")
    give(found, "ada", Mark(adjustment=1.0, comments=(kept.id,)))

    def fails(*_: object) -> None:
        raise GradebookError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(MarksInGradebook, "writing", fails)
        with pytest.raises(GradebookError, match="the disk is full"):
            change_comment(found, kept.id, "Second.")
    assert in_gradebook(sheet, "ada")[2] == "First."
    answer_of(marking(sheet), "ada")
    assert in_gradebook(sheet, "ada")[2] == "Second."


def test_what_cannot_be_kept_is_told(sheet: Sheet) -> None:
    found = marking(sheet)
    for text, sentence in ((" ", "without words"), ("\0", "cannot be written down"), ("\ud800", "cannot be written")):
        with pytest.raises(MarkingError, match=sentence):
            keep_comment(found, text)
    with pytest.raises(MarkingError, match="no kept comment 'gone'"):
        change_comment(found, "gone", "text")
    with pytest.raises(MarkingError, match="no kept comment 'gone'"):
        drop_comment(found, "gone")


@pytest.mark.parametrize(
    "content",
    [
        b"\xff",
        b"comment = 1",
        b"[[comment]]\nid = 'a'",
        b"[[comment]]\nid='a'\ntext='b'\n" * 2,
        b"[[",
        b"a = " + b"[" * 50_000,
        b"a = " + b"9" * 6000,
        b'[[comment]]\nid="a"\ntext="\\u0000"\n',
        b'[[comment]]\nid="a"\ntext="' + b"x" * 30_000 + b'"\n',
    ],
)
def test_a_damaged_file_is_told_by_name(sheet: Sheet, content: bytes) -> None:
    bank_file(sheet).write_bytes(content)
    with pytest.raises(CourseError, match=r"comments\.toml"):
        kept_comments(marking(sheet))


def test_a_file_out_of_another_editor_is_read_and_a_pipe_in_its_place_stops_nothing(sheet: Sheet) -> None:
    bank_file(sheet).write_bytes(codecs.BOM_UTF8 + b"[[comment]]\r\nid='a'\r\ntext='b'\r\n")
    assert kept_comments(marking(sheet)) == (KeptComment(id="a", text="b"),)
    for path in (bank_file(sheet), rubric_file(sheet)):
        path.unlink()
        os.mkfifo(path)
        with pytest.raises(CourseError, match=f"{path.name} cannot be read: it is no plain file"):
            give(marking(sheet), "ada", Mark())
        path.unlink()
