"""Looking for many lines at once, held against looking for each by itself."""

from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.grading.repeating import SHORTEST_LINE, LineSearch

PIECES = st.lists(
    st.sampled_from(["assert ", "f(1) == ", "f(12) ", "1", "23", "é\U0001f600", "\ud800", "    "]), max_size=12
)
TEXTS = PIECES.map("".join)


@given(st.lists(TEXTS, max_size=8), st.lists(TEXTS, max_size=4))
def test_it_finds_what_is_there(lines, texts):
    text = "\n".join(texts)
    expected = any(line in text for line in lines if len(line) >= SHORTEST_LINE)
    assert LineSearch(lines).finds_any(text) == expected


@given(st.lists(TEXTS, min_size=1, max_size=8), st.data())
def test_it_finds_a_line_between_others(lines, data):
    line = data.draw(st.sampled_from(lines))
    text = data.draw(TEXTS) + line + data.draw(TEXTS)
    assert LineSearch(lines).finds_any(text) or len(line) < SHORTEST_LINE


def test_it_finds_a_line_where_pieces_of_a_long_text_meet():
    line = "assert f(271828) == 314159"
    for place in range((1 << 20) - len(line) - 1, (1 << 20) + 2):
        assert LineSearch([line]).finds_any("x" * place + line + "x")
        assert not LineSearch([line]).finds_any("x" * place + line[:-1] + "x")


def test_many_lines_in_a_long_text_take_no_longer_than_one():
    lines = [f"assert round(f({number}), 3) == {number + 0.5}" for number in range(3000)]
    # Line by line this takes minutes.
    assert not LineSearch(lines).finds_any("assert round(f(x), 3) == 1.5, " * (32 << 15))


def test_who_repeats_parts_of_lines_without_end_repeats_them():
    assert LineSearch(["assert f(271828) == 314159"]).finds_any("assert f(271828) == 31415 " * 20_000)
