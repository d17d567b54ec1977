"""What a screen reader gets of students' HTML."""

from __future__ import annotations

import pytest

from sheetgrader.report.cleaning import cleaned, readable


def _not_shown(address: str) -> None:
    """No image is part of the notebook."""


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<h1>Big</h1><h6 id='x'>Small</h6>", "<h3>Big</h3><h3>Small</h3>"),
        ("<p><a href='https://example.org'></a>text</p>", "<p>text</p>"),
        ("<h2></h2><p>text</p>", "<p>text</p>"),
        (
            "<table><tr><th scope='col'></th><th scope='col'>x</th></tr></table>",
            '<table><tbody><tr><td></td><th scope="col">x</th></tr></tbody></table>',
        ),
        (
            "<table><tr><th><table><tr><th>x</th><th> </th></tr></table></th></tr></table>",
            "<table><tbody><tr><th><table><tbody><tr><th>x</th><td> </td></tr></tbody></table></th></tr></tbody>"
            "</table>",
        ),
        ('<img alt="a > b" src="data:x"><img src="data:x">', '<img alt="a &gt; b"><img alt="Image">'),
        ("1 < 2 and <", "1 &lt; 2 and &lt;"),
    ],
)
def test_it_is_mended_and_nothing_else_is_changed(written: str, shown: str) -> None:
    assert readable(cleaned(written, _not_shown)) == shown


@pytest.mark.parametrize("unit", ["<th>", '<th title="', "<h1>", "<a>", "<math>", "<", "</th>", "<th></th>"])
def test_whatever_is_left_open_costs_what_its_length_says(unit: str) -> None:
    assert readable(unit * 50_000)
