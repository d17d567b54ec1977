"""JSON that means harm, and JSON that only looks like it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.boundary.untrusted_json import MOST_LEVELS, has_more_levels, read, with_whole_characters

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
    assert with_whole_characters('{"\\ud800": 1') == '{"\\ud800": 1'


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
