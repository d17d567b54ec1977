from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.boundary.plain_text import plain, shortened
from sheetgrader.report.words import number


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title of the window\x07text", "text"),
        ("\x1b]8;;http://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b[2J\x1b[Hcleared", "cleared"),
        (" 10 %\r 50 %\r100 %\nnext", "100 %\nnext"),
        ("a dos line\r\nand another\r\n", "a dos line\nand another\n"),
        ("bell\x07, backspace\x08, nul\x00", "bell, backspace, nul"),
        ("turned \u202earound\u202c", "turned around"),
        ("tab\tand 日本語 and ∇f stay", "tab\tand 日本語 and ∇f stay"),
        ("half of a pair \ud800", "half of a pair "),
    ],
)
def test_plain_is_what_a_terminal_shows_in_the_end(written: str, seen: str) -> None:
    assert plain(written) == seen


@given(st.text(alphabet=st.characters(codec=None)))
def test_plain_text_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    cleaned = plain(text)
    assert not any(ord(character) < 32 and character not in "\t\n" for character in cleaned)
    assert "\x1b" not in cleaned
    assert "\x9b" not in cleaned
    cleaned.encode("utf-8")


def test_shortened_keeps_both_ends_and_says_what_is_missing() -> None:
    text = "begin " + "x" * 1000 + " end"
    short = shortened(text, 90)
    assert short.startswith("begin ")
    assert short.endswith(" end")
    assert "[… 920 characters left out …]" in short
    assert shortened("short", 90) == "short"


@pytest.mark.parametrize(
    ("points", "text"),
    [
        (0.25, "0.25"),
        (1.0, "1"),
        (0.0, "0"),
        (-0.0, "0"),
        (-0.0001, "0"),
        (0.0769, "0.077"),
        (10.0, "10"),
        (100.0, "100"),
    ],
)
def test_points_have_no_needless_digits(points: float, text: str) -> None:
    assert number(points) == text
