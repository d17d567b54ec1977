from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.report.spreadsheets import as_text


@pytest.mark.parametrize(
    "formula",
    ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", " =cmd|' /C calc'!A0", "\r=1", "\uff1d1+1", "\x00=1", '"=1+1"'],
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


@pytest.mark.parametrize(
    "text", ["Ada;=1+1", 'Ada",=1+1', "Ada\t=1+1", "Ada\n=1+1", "late; -2", "\u00a0@A1", "\x1b[31m=1"]
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_nothing_is_a_formula_however_a_table_is_read(text: str, separator: str) -> None:
    table = io.StringIO()
    csv.writer(table).writerow(["ada", as_text(text), as_text(text)])
    for row in csv.reader(io.StringIO(table.getvalue(), newline=""), delimiter=separator):
        assert not any(re.match(r'[\s"]*[=+@\-]', field) for field in row), row
