"""What a screen reader gets of students' HTML."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        (
            "<li>raw</li><article><li>in an article</li></article>",
            "<div>raw</div><article><div>in an article</div></article>",
        ),
        ("<menu><li>a<li>b</menu>", "<div>a</div><div>b</div>"),
        ("<ol><li>a<ul><li>b</li></ul></li></ol>", "<ol><li>a<ul><li>b</li></ul></li></ol>"),
        ("<ul>odd<li>a</li><p>b</p><br></ul>", "<ul><li>odd</li><li>a</li><li><p>b</p></li><li><br></li></ul>"),
        ("<ul><ol><li>a</li></ol></ul>", "<ul><li><ol><li>a</li></ol></li></ul>"),
        ("<dl><p>a</p><dt>b</dt></dl><dd>c</dd>", "<div><p>a</p><div>b</div></div><div>c</div>"),
        (
            "<table><tr><th scope='bogus'>a</th><td headers='b'>c</td></tr></table>",
            "<table><tbody><tr><th>a</th><td>c</td></tr></tbody></table>",
        ),
    ],
)
def test_it_is_mended_and_nothing_else_is_changed(written: str, shown: str) -> None:
    assert readable(cleaned(written, _not_shown)) == shown


@pytest.mark.parametrize(
    "unit", ["<th>", '<th title="', "<h1>", "<a>", "<math>", "<", "</th>", "<th></th>", "<ul>", "<li>"]
)
def test_whatever_is_left_open_costs_what_its_length_says(unit: str) -> None:
    assert readable(unit * 50_000)


class _Lists(HTMLParser):
    """Looks for items outside of lists, and in lists for what is no item."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [""]
        self.odd: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if (tag == "li") != (self.open[-1] in ("ul", "ol")):
            self.odd.append(tag)
        if tag not in ("br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open[-1] in ("ul", "ol"):
            self.odd.append(data)


_PIECES = st.sampled_from(
    ["<ul>", "</ul>", "<ol>", "</ol>", "<li>", "</li>", "<p>", "</p>", "<b>", "</b>", "<br>", "<dl>", "<dt>", "</dl>",
     "<a href='https://example.org'>", "</a>", "<table><tr><th>", "</th></tr></table>", "<h2>", "</h2>", "text", " ",
     "<img src='data:x'>", "<menu>", "<math><mi>", "</mi></math>"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=30))
def test_lists_hold_items_and_items_stand_in_lists(pieces: list[str]) -> None:
    lists = _Lists()
    lists.feed(readable(cleaned("".join(pieces), _not_shown)))
    lists.close()
    assert lists.odd == []
    assert lists.open == [""]
