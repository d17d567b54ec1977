from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.report.spreadsheets import as_text


@pytest.mark.parametrize(
    "formula", ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", " =cmd|' /C calc'!A0", "\r=1", "\uff1d1+1", "\x00=1"]
)
def test_formulas_are_text(formula: str) -> None:
    assert as_text(formula).startswith("'")


@pytest.mark.parametrize("text", ["Ada Lovelace", "1 of 2", "a=b", "O'Neill", ""])
def test_text_stays_as_it_is(text: str) -> None:
    assert as_text(text) == text


@given(st.text())
def test_nothing_begins_as_a_formula_does(text: str) -> None:
    shown = as_text(text)
    assert not shown.lstrip()[:1] or shown.lstrip()[0] not in "=+-@\uff1d\uff0b\uff0d\uff20"
    assert not set(shown) & set("\t\r\x00")
