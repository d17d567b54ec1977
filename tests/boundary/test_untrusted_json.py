"""JSON that means harm, and JSON that only looks like it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.boundary.untrusted_json import MOST_LEVELS, beginning, has_more_levels, price, read

_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_PLAIN)
def test_harmless_content_arrives_as_it_was_sent(value):
    assert read(json.dumps(value, ensure_ascii=False).encode()) == value
    assert read(json.dumps(value).encode()) == value


@given(st.binary())
def test_any_bytes_are_read_or_refused(text):
    try:
        value = read(text)
    except ValueError:
        return
    json.dumps(value, ensure_ascii=False).encode()


def test_halves_of_characters_become_question_marks():
    assert read(b'["\\ud800", "\\uDFff!", "\\ud83d\\ude00", "\xed\xa0\x80"]')[:3] == ["?", "?!", "😀"]
    assert read(b'{"\\ud800": [{"a\\udfff": "\\udbff", "b": 1}]}') == {"?": [{"a?": "?", "b": 1}]}


@pytest.mark.parametrize("depth", [MOST_LEVELS + 1, 900, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_deep_nesting_is_refused(depth, opening, closing):
    with pytest.raises(ValueError, match="nested too deeply"):
        read((opening * depth + "1" + closing * depth).encode())


def test_levels_are_counted():
    assert not has_more_levels([[1], {"a": [2]}], 3)
    assert has_more_levels([[1], {"a": [2]}], 2)
    assert not has_more_levels(1, 0)


def test_many_small_values_are_refused_before_they_are_made():
    with pytest.raises(ValueError, match="too many values"):
        read(b"[" + b"[]," * 2_000_000 + b"[]]")


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("[" + "{}," * 1000 + "0]", 500),
        ("[" + "[]," * 1000 + "0]", 100),
        ("[" + '"",' * 1000 + "0]", 60),
        ("[" + "0," * 1000 + "0]", 60),
        ("[" + "null," * 1000 + "0]", 60),
        ("[" + ("9" * 4000 + ",") * 1000 + "0]", 4000),
        ("{" + ",".join(f'"{number}": 0' for number in range(1000)) + "}", 120),
        ('"' + "a\\n" * 1000 + '"', 120),
        ('"' + "\\u2028" * 1000 + '"', 120),
        ('"' + "\\u0000" * 1000 + '"', 6),
        ('"' + "😀" * 1000 + '"', 4),
    ],
    ids=["dicts", "lists", "texts", "numbers", "nothing", "digits", "keys", "lines", "other lines", "controls", "wide"],
)
def test_every_value_has_its_price(text, least):
    value = read(text.encode())
    assert price(value) >= 1000 * least
    assert price(value, 3000) > 3000


def test_who_has_had_enough_does_not_count_to_the_end():
    assert 5000 < price([{}] * 1_000_000, 5000) < 6000


def test_ordinary_text_costs_little_more_than_its_characters():
    assert price("x" * 10_000) < 10_100
    assert price('{"a": "b"}\\n' * 100) < 4 * 1200


@given(st.text(), st.integers(-5, 500))
def test_of_a_text_as_much_is_kept_as_there_is_room_for(text, most):
    kept = beginning(text, most)
    assert text.startswith(kept)
    assert not kept or price(kept) <= most
    if price(text) <= most:
        assert kept == text
