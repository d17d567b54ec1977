import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader import tensor
from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.graders.describing import describe


def test_small_arrays_show_their_numbers_and_large_ones_their_shape():
    assert describe(np.array([1.0, 2.5])) == "[1. , 2.5]"
    assert describe(np.arange(100.0)) == "array of shape (100,) with the first numbers 0, 1, 2"
    assert describe(tensor(np.zeros((4, 5)))).startswith("tensor array of shape (4, 5)")
    assert (
        describe((np.zeros((4, 5)), "text", None))
        == "(array of shape (4, 5) with the first numbers 0, 0, 0, 'text', None)"
    )


@given(st.text(max_size=2000))
def test_plain_text_is_short_and_holds_no_control_characters(text):
    shown = plain_text(text, 100)
    assert len(shown) <= 100
    assert not any(ord(character) < 32 and character not in "\n\t" for character in shown)
    assert "\x1b" not in shown


def test_terminal_sequences_are_taken_out():
    assert plain_text("\x1b[31mred\x1b[0m \x1b]0;title\x07end") == "red end"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5000),
        lambda inner: st.lists(inner, max_size=50),
    )
)
def test_a_description_is_short_whatever_the_value(value):
    assert len(describe(value)) <= 480


@given(
    st.recursive(
        st.none() | st.integers(-99, 99) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.tuples(inner),
        max_leaves=8,
    )
)
def test_what_fits_is_written_as_python_writes_it(value):
    assert describe({"key": value}, 10_000) == plain_text(repr({"key": value}), 10_000)


class Counted:
    written = 0

    def __repr__(self):
        Counted.written += 1
        return "counted"


def test_no_more_of_a_value_is_written_than_is_shown():
    assert describe([1, *[Counted()] * 100_000]).startswith("[1, counted, counted")
    assert Counted.written < 1000


def test_marks_of_writing_direction_and_halves_of_characters_are_taken_out():
    assert plain_text("a\u202eb\ufeffc\ud800d\r") == "abcd"
