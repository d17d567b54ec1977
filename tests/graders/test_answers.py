import itertools
from typing import Any

import numpy as np
import pytest

from sheetgrader import StudentError, Wrong, about, entries, first_that_holds, named_entries, probe, series
from sheetgrader.graders.answers import Memory, StandIns
from sheetgrader.graders.failures import BadValue, Raised, TimedOut
from sheetgrader.results import Outcome


def test_entries_are_those_of_whatever_holds_them_in_order():
    for value in ((1.0, 2.0), [1.0, 2.0], np.array([1.0, 2.0]), np.array([[1.0], [2.0]])):
        one, other = entries(value, ("one", "other"))
        assert (float(np.squeeze(one)), float(np.squeeze(other))) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (3.0, "What it returns is no tuple: a tuple (one, other) was asked for."),
        ({"one": 1}, "What it returns is no tuple: a tuple (one, other) was asked for."),
        (np.array([1.0, 2.0, 3.0]), "What it returns is no tuple: a tuple (one, other) was asked for."),
        (np.array(3.0), "What it returns is no tuple: a tuple (one, other) was asked for."),
        ((1, 2, 3), "What it returns has 3 entries: a tuple (one, other) was asked for."),
        ([], "What it returns has 0 entries: a tuple (one, other) was asked for."),
        ([1], "What it returns has 1 entry: a tuple (one, other) was asked for."),
    ],
)
def test_what_has_other_entries_is_wrong(value, sentence):
    with pytest.raises(Wrong) as caught:
        entries(value, ("one", "other"), what="What it returns")
    assert str(caught.value) == sentence
    assert caught.value.value is value


def test_items_are_those_asked_for_and_may_be_more():
    assert named_entries({"a": 1, "b": 2}, ("a",))["a"] == 1
    with pytest.raises(Wrong, match='The dictionary has no key "c" and no key "d"'):
        named_entries({"a": 1}, ("a", "c", "d"))
    with pytest.raises(Wrong, match="It is no dictionary"):
        named_entries([("a", 1)], ("a",))


def test_a_series_is_one_number_after_the_other():
    for value in ([1, 2], (1.0, 2.0), np.array([[1.0], [2.0]])):
        assert series(value).tolist() == [1.0, 2.0]
    assert series([np.inf], finite=False).tolist() == [np.inf]
    with pytest.raises(StudentError, match="The losses: It holds infinite numbers"):
        series([np.inf], what="the losses")
    with pytest.raises(Wrong, match=r"^It is no list of single numbers: its shape is \(1, 2\)"):
        series([[1.0, 2.0]])


def test_a_mistake_is_told_as_one_of_the_whole():
    whole = object()
    with pytest.raises(BadValue) as caught, about(whole):
        raise BadValue("It is not right.", value=3)
    assert caught.value.value is whole


def failing(mistake):
    def check():
        raise mistake

    return check


def test_the_first_check_that_holds_is_enough_and_the_first_mistake_is_told():
    first, second = Wrong("first"), BadValue("second")
    assert first_that_holds(failing(first), lambda: 3, failing(second)) == 3
    with pytest.raises(Wrong, match="first"):
        first_that_holds(failing(first), failing(second))


@probe
def harmless(_original):
    return 3


def stand_ins():
    put: list[str] = []
    told: list[Any] = []
    return StandIns(lambda name, _probe: put.append(name), told.append), put, told


def test_an_answer_that_is_right_as_it_stands_is_judged_without_stand_ins():
    stand_in, put, told = stand_ins()
    assert stand_in.judge(lambda: 3, failing(Wrong("no")), f=harmless) == 3
    assert (put, told, stand_in.placed) == ([], [], False)


def test_an_answer_that_is_right_with_stand_ins_is_right():
    stand_in, put, told = stand_ins()
    mistake = TimedOut("It did not finish.")
    assert stand_in.judge(failing(mistake), lambda: 4, f=harmless, g=harmless) == 4
    assert (sorted(put), told) == (["f", "g"], [mistake])
    # Once they are in place nothing else is tried.
    assert stand_in.judge(failing(AssertionError("own")), lambda: 5, f=harmless) == 5
    assert sorted(put) == ["f", "g"]


def test_the_same_check_is_made_again_where_there_is_no_other():
    stand_in, put, _ = stand_ins()
    assert stand_in.judge(lambda: first_that_holds(failing(Wrong("no"))) if not put else 6, f=harmless) == 6


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (Wrong("own"), Wrong("replaced"), "own"),
        (Wrong("own"), Raised("replaced"), "own"),
        (Raised("own"), Wrong("replaced"), "replaced"),
        (BadValue("own"), Wrong("replaced"), "replaced"),
        (TimedOut("own"), TimedOut("replaced"), "replaced"),
    ],
)
def test_what_kept_an_answer_from_being_judged_is_not_what_is_told(first, second, told):
    with pytest.raises((StudentError, Wrong), match=told):
        stand_ins()[0].judge(failing(first), failing(second), f=harmless)


def test_what_is_remembered_is_made_once_even_a_mistake():
    told: list[Any] = []
    memory, numbers = Memory(told.append), itertools.count()
    assert [memory.get("key", lambda: next(numbers)) for _ in range(2)] == [0, 0]
    assert memory.get("other", lambda: next(numbers)) == 1
    mistake = Wrong("no")
    for _ in range(2):
        with pytest.raises(Wrong, match="no"):
            memory.get("wrong", failing(mistake))
    assert told == [mistake]


READING = '''
from sheetgrader import Wrong, criterion, entries, named_entries, numbers, probe

@criterion("ex1")
def test_entries(student):
    """There are two entries."""
    one, other = entries(student.pair(), ("one", "other"))
    student.later()
    numbers(other, shape=(2,))

@criterion("ex1")
def test_items(student):
    """There are two items."""
    assert named_entries(student.table(), ("a", "b"))["b"] == 2

@probe
def two(original):
    return lambda: (1.0, [2.0, 2.0])

@criterion("ex1")
def test_first_or_second(student, stand_in):
    """It has other entries with a stand-in."""
    names = ("a", "b", "c", "d")
    stand_in.judge(lambda: entries(student.pair(), names), lambda: entries(student.pair(), names[:3]), pair=two)

@criterion("ex1")
def test_kept(student, memory):
    """It is made once."""
    memory.get("pair", lambda: entries(student.pair(), ("a", "b", "c")))

@criterion("ex1")
def test_kept_again(student, memory):
    """It is looked at again."""
    student.later()
    memory.get("pair", lambda: entries(student.later(), ("a", "b")))
'''
MORE = "\n\ndef later():\n    return 0.5\n\n\ndef table():\n    return {}\n"


def outcomes(grade, pair, table='{"a": 1, "b": 2}'):
    code = f"import itertools\n\n\ndef pair():\n    return {pair}{MORE.replace('{}', table)}"
    (cell,) = [each for each in grade([("ex1_code", code), ("ex1_test", "#")], READING).result.cells if each.criteria]
    return {each.test.rpartition("test_")[2]: each for each in cell.criteria}


def test_a_generator_has_entries_and_a_mapping_has_items(grade):
    found = outcomes(grade, "(x for x in (1.0, [2.0, 2.0]))", "[].__class__ and {1: 0, 'a': 1, 'b': 2}")
    assert found["entries"].outcome is found["items"].outcome is Outcome.RIGHT


def test_a_generator_without_an_end_has_too_many_entries(grade):
    found = outcomes(grade, "itertools.count()", "{'a': 1}")["entries"]
    assert found.outcome is Outcome.WRONG
    assert found.message.endswith("It has more than 2 entries: a tuple (one, other) was asked for.")


def test_a_complaint_is_told_with_the_call_that_gave_the_value(grade):
    found = outcomes(grade, "(1.0, np.array([3.5]))".replace("np", "__import__('numpy')"))
    assert found["entries"].message.startswith("pair() returned (1, [3.5]). It has the shape (1,)")
    # As it was met without the stand-in, in the call that was made without it.
    told = "pair() returned (1, [3.5]). It has 2 entries: a tuple (a, b, c, d) was asked for."
    assert found["first_or_second"].message == told
    assert found["kept_again"].message == found["kept"].message == told.replace(", d)", ")")
