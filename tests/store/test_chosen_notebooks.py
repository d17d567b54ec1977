"""Which of several notebooks counts."""

import pytest

from sheetgrader.errors import SubmissionError
from sheetgrader.store.material import build_item


@pytest.fixture
def hand_in(builder):
    """Hands in notebooks with these answers, by file name; None is the skeleton's, bytes are no notebook at all."""
    builder.source(
        builder.answer("ex1_code", "### BEGIN SOLUTION\ny = 2\n### END SOLUTION"),
        builder.tests("ex1_test", "assert y == 2"),
    )

    def make(**answers):
        for path, answer in answers["files"].items():
            source = "# YOUR CODE HERE\nraise NotImplementedError()" if answer is None else answer
            content = (
                source
                if isinstance(source, bytes)
                else builder.notebook(builder.answer("ex1_code", source), builder.tests("ex1_test"))
            )
            builder.write(f"submitted/ada/sheet/{path}", content)
        return build_item(builder.load().sheet("sheet"), "ada")

    return make


OTHERS = ["sheet (1).ipynb", "final/sheet.ipynb", "SHEET.IPYNB", "sheet.ipynb.txt", "sheet.json", "sheet-final.ipynb"]


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("untouched", [None, "\r\n# YOUR CODE HERE\r\nraise NotImplementedError()\r\n", "", b"damaged"])
def test_the_only_one_that_was_worked_on_counts(hand_in, untouched, other):
    item = hand_in(files={"sheet.ipynb": untouched, other: "y = 2"})
    assert b"y = 2" in item.notebooks[0].submitted
    assert item.notes == (f"sheet.ipynb is as it was handed out, or cannot be read; {other} was graded in its place.",)


@pytest.mark.parametrize("other", OTHERS)
def test_one_of_another_name_counts_where_there_is_no_other(hand_in, other):
    item = hand_in(files={other: "y = 2"})
    assert b"y = 2" in item.notebooks[0].submitted
    assert item.notes == (f"sheet.ipynb was not handed in; {other} was graded in its place.",)


def test_one_of_the_right_name_that_was_worked_on_counts_and_the_other_is_named(hand_in):
    item = hand_in(files={"sheet.ipynb": "y = 3", "sheet (1).ipynb": "y = 2", "scratch.ipynb": b"no notebook"})
    assert b"y = 3" in item.notebooks[0].submitted
    (note,) = item.notes
    assert "Beside sheet.ipynb, which was graded, sheet (1).ipynb was handed in" in note


def test_an_untouched_or_equal_one_beside_it_is_not_worth_a_word(hand_in):
    assert hand_in(files={"sheet.ipynb": "y = 2", "sheet (1).ipynb": "y = 2", "a/sheet.ipynb": None}).notes == ()


@pytest.mark.parametrize("first", [{}, {"sheet.ipynb": None}])
def test_of_several_that_were_worked_on_only_the_group_knows(hand_in, first):
    with pytest.raises(SubmissionError, match=r"sheet \(1\).ipynb, sheet \(2\).ipynb were handed in; the one that"):
        hand_in(files={**first, "sheet (1).ipynb": "y = 2", "sheet (2).ipynb": "y = 3"})


def test_several_that_are_the_same_are_one(hand_in):
    item = hand_in(files={"sheet.ipynb": None, "sheet (1).ipynb": "y = 2", "sheet (2).ipynb": "y = 2"})
    assert b"y = 2" in item.notebooks[0].submitted


def test_files_that_the_sheets_own_replace_are_named(builder):
    builder.source(builder.answer("ex1_code", "y = 2"), builder.tests("ex1_test", "assert y == 2"))
    own = {"helper.py": "x = 1\n", "same.py": "x = 1\n", "data/a.csv": "1", "data.py/b.py": ""}
    for path, content in own.items():
        builder.write(f"source/sheet/{path}", content)
    builder.submit("ada", builder.answer("ex1_code", "y = 3"))
    for path, content in {"helper.py": "x = 7\n", "same.py": "x = 1\r\n", "data.py": "x = 2"}.items():
        builder.write(f"submitted/ada/sheet/{path}", content)
    item = build_item(builder.load().sheet("sheet"), "ada")
    assert item.notes == (
        "The sheet's own files were put over changed ones of the group's (helper.py).",
        "Files stood in the way of the sheet's own and were left out (data.py).",
    )
    assert item.files["helper.py"] == b"x = 1\n"
