import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from sheetgrader import tensor
from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.graders.describing import describe, inputs_at, number


def test_small_arrays_show_their_numbers_and_large_ones_their_shape():
    assert describe(np.array([1.0, 2.5])) == "[1, 2.5]"
    assert describe(np.arange(10) / 2) == "[0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5]"
    assert describe([0.5] * 5) == "[0.5, 0.5, 0.5, 0.5, 0.5]"
    assert describe((0.5,)) == "(0.5,)"
    assert describe(np.array([[1, 2], [3, 4]])) == "[[1, 2], [3, 4]] of shape (2, 2)"
    assert describe(np.zeros((0, 3))) == "[] of shape (0, 3)"
    assert describe([0.5] * 100) == "[0.5, 0.5, 0.5, 0.5, …]"
    assert describe(np.arange(100.0)) == "array of shape (100,) with the first numbers 0, 1, 2"
    assert describe(tensor(np.zeros((4, 5)))).startswith("tensor array of shape (4, 5)")
    assert (
        describe((np.zeros((4, 5)), "text", None))
        == "(array of shape (4, 5) with the first numbers 0, 0, 0, 'text', None)"
    )


@pytest.mark.parametrize(
    "value", [-0.0, np.float32(-0.0), np.array([-0.0, 1]), [-0.0, 1], [-0.0], {"a": -0.0}, complex(-0.0, 1), (1, -0.0)]
)
def test_no_zero_is_negative(value):
    assert "-0" not in describe(value)


@given(
    arrays(
        st.sampled_from([np.float64, np.float32, np.int64, np.bool, np.complex128]),
        array_shapes(max_dims=3, max_side=5),
    )
)
def test_arrays_of_all_kinds_are_written(array):
    assert len(describe(array)) <= 480


@given(st.lists(st.floats(allow_nan=False), min_size=2, max_size=8))
def test_the_input_of_a_number_stands_at_its_place(values):
    array = np.array(values)
    for index in range(len(values)):
        assert inputs_at([3.0, array], array.shape, (index,)) == [number(values[index])]
        assert inputs_at([np.column_stack([np.zeros(len(values)), array])], array.shape, (index,)) == [
            describe(np.array([0, values[index]]))
        ]


def test_no_input_is_named_where_none_belongs_to_the_number():
    square = np.eye(3)
    assert inputs_at([square, square], (3, 3), (0, 1)) == []
    assert inputs_at([np.zeros(4), "text", None], (3,), (1,)) == []
    assert inputs_at([np.zeros((3, 100))], (3,), (1,)) == []
    assert inputs_at([np.zeros(1)], (1,), (0,)) == []
    assert inputs_at([np.arange(3.0), [1, 2, 4]], (3,), (2,)) == ["2", "4"]


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
