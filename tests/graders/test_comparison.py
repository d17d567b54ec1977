import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader import StudentError, Wrong, assert_close, numbers
from sheetgrader.graders.failures import Place


@pytest.mark.parametrize(
    "value", [3, 3.0, np.float32(3), np.array(3.0), [3.0], (3,), np.array([3.0]), True + 2], ids=repr
)
def test_a_single_number_comes_in_many_forms(value):
    assert numbers(value, shape=()) == 3.0


@pytest.mark.parametrize(
    "value",
    [None, "3", b"3", {"a": 3}, [[1], [1, 2]], object(), [object()], np.array(["3"]), 1j],
    ids=lambda value: type(value).__name__,
)
def test_what_holds_no_numbers_is_refused_with_a_sentence(value):
    with pytest.raises(StudentError, match=r"numbers were asked for|array of (real )?numbers"):
        numbers(value)


@pytest.mark.parametrize("value", [[np.nan], [np.inf], [-np.inf]], ids=repr)
def test_numbers_are_finite_unless_others_are_allowed(value):
    with pytest.raises(StudentError, match=r"NaN|infinite"):
        numbers(value)
    assert numbers(value, finite=False).shape == (1,)


def test_shape_is_checked_with_wildcards():
    array = np.zeros((3, 2))
    assert numbers(array, shape=(None, 2)) is not None
    with pytest.raises(StudentError, match=r"shape \(3, 2\), but the shape \(any, 3\)"):
        numbers(array, shape=(None, 3))
    with pytest.raises(StudentError, match="but a single number was asked for"):
        numbers(array, shape=())


def test_single_precision_is_kept_and_integers_become_double():
    assert numbers(np.zeros(2, np.float32)).dtype == np.float32
    assert numbers([1, 2]).dtype == np.float64


def test_whole_numbers_can_be_demanded():
    assert numbers([1.0, 2.0], integer=True).tolist() == [1.0, 2.0]
    with pytest.raises(StudentError, match="Whole numbers"):
        numbers([1.5], integer=True)


@given(
    want=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20).filter(lambda values: max(map(abs, values)) > 1e-3),
    part=st.floats(-0.9, 0.9),
)
def test_rounding_in_small_entries_costs_nothing(want, part):
    expected = np.array(want)
    assert_close(expected + part * 1e-6 * np.abs(expected).max(), expected)


@given(
    want=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20).filter(lambda values: max(map(abs, values)) > 1e-3),
    index=st.integers(0, 19),
)
def test_one_wrong_entry_is_found(want, index):
    expected = np.array(want)
    got = expected.copy()
    got[index % len(got)] += 3e-6 * np.abs(expected).max()
    with pytest.raises(Wrong, match="right"):
        assert_close(got, expected)


def test_single_precision_gets_more_room():
    want = np.array([1.0, 2.0])
    assert_close((want * (1 + 2e-5)).astype(np.float32), want)
    with pytest.raises(Wrong):
        assert_close(want * (1 + 2e-5), want)


def test_probabilities_are_measured_against_one():
    assert_close([1e-9, 1.0], [2e-9, 1.0], scale=1)
    with pytest.raises(Wrong):
        assert_close([1e-3], [2e-3], scale=1)


def test_zeros_have_a_size_to_be_measured_against():
    assert_close([1e-7], [0.0])
    with pytest.raises(Wrong):
        assert_close([1e-3], [0.0])


@pytest.mark.parametrize("got", [[], [np.nan, np.nan], [[1.0, 2.0]], None, "1, 2"], ids=repr)
def test_empty_arrays_nan_and_other_shapes_never_pass(got):
    with pytest.raises(StudentError):
        assert_close(got, [1.0, 2.0])


@given(st.lists(st.floats(1, 1e3), min_size=2, max_size=9), st.floats(1001, 2000))
def test_the_sentence_shows_the_students_value_and_never_the_reference(want, wrong):
    got = np.array(want)
    got[0] = wrong
    with pytest.raises(Wrong) as caught:
        assert_close(got, want)
    sentence = str(caught.value)
    assert f"{wrong:.6g}" in sentence
    assert f"{want[0]:.6g}" not in sentence.replace(f"{wrong:.6g}", "").replace("1 of the", "").replace(
        f"{len(want)} numbers", ""
    ).replace("index 0", "")


def test_what_is_compared_can_be_named():
    with pytest.raises(StudentError, match="The second entry: It has the shape"):
        assert_close([1.0], [1.0, 2.0], what="the second entry")
    with pytest.raises(Wrong, match="The second entry 5 is not right"):
        assert_close(5.0, 2.0, what="the second entry")


@pytest.mark.parametrize("value", [["a" * 1_000_000, *[""] * 100_000], ([b"1"],), [[1.0, ["2"]]]])
def test_text_never_becomes_an_array(value):
    with pytest.raises(StudentError, match="It holds text, where numbers were asked for"):
        numbers(value)


@pytest.mark.parametrize(
    ("got", "want", "sentence"),
    [
        ([1, 2, 4], [1, 2, 3], "1 of the 3 numbers is not right: the one at index 2, which is 4."),
        (
            [5, 2, 4, 9],
            [1, 2, 3, 9],
            "2 of the 4 numbers are not right; the one furthest off stands at index 0 and is 5.",
        ),
        ([[1, 2]], [[3, 5]], "None of the 2 numbers is right; the one furthest off stands at index (0, 1) and is 2."),
        ([-0.0, 1.0], [2.0, 1.0], "1 of the 2 numbers is not right: the one at index 0, which is 0."),
        ([3], [4], "The value 3 is not right."),
        (-0.0, 1.0, "The value 0 is not right."),
    ],
)
def test_what_differs_is_told_with_its_place(got, want, sentence):
    with pytest.raises(Wrong) as caught:
        assert_close(got, want)
    assert str(caught.value) == sentence


def test_the_place_of_the_number_furthest_off_is_kept():
    with pytest.raises(Wrong) as caught:
        assert_close(np.array([[1.0, 2.0], [3.0, 9.0]]), [[1, 2], [3, 4]])
    assert caught.value.place == Place((1, 1), (2, 2))
