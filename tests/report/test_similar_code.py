import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.report.similar_code import Document, TwoTexts, filtered, side_by_side, similar_pairs

_CODE = """
import numpy as np

def {name}(values, weight):
    total = 0.0
    for position, value in enumerate(values):
        total += weight * value ** 2 - np.sqrt(abs(value)) / (1 + position)
    return np.where(total > 3, total, -total) * {factor}

def second(x, y):
    table = {{key: x[key] - y.get(key, 0) for key in sorted(x)}}
    return sum(table.values()) / max(1, len(table)) + {factor}
"""
_OTHER = """
class Stack:
    def __init__(self):
        self.items = []
    def push(self, item):
        if item is None: raise ValueError("none")
        self.items.append(item)
    def pop(self):
        while self.items and self.items[-1] < 0: del self.items[-1]
        return self.items.pop() if self.items else None
"""


def _document(group, code):
    return Document(group=group, filtered=filtered(code))


def test_renaming_hides_nothing():
    mine = _CODE.format(name="mine", factor=1)
    theirs = (
        _CODE.format(name="theirs", factor=1).replace("total", "accumulated").replace("\n    ", "\n        # why\n    ")
    )
    (pair,) = similar_pairs([_document("a", mine), _document("b", theirs), _document("c", _OTHER)])
    assert (pair.first, pair.second, pair.same_as_first) == ("a", "b", ("a", "b"))


def test_each_direction_has_its_own_share():
    short, long = _CODE.format(name="f", factor=1), _CODE.format(name="f", factor=1) + _OTHER
    (pair,) = similar_pairs([_document("short", short), _document("long", long)])
    assert pair.first == "short"
    assert pair.share_of_first > 0.9
    assert 0.3 <= pair.share_of_second < 0.8


def test_what_came_with_the_sheet_is_taken_off():
    given_code = _CODE.format(name="f", factor=1)
    documents = [_document("a", given_code + "\nx = 1"), _document("b", given_code + "\ny = 2")]
    assert similar_pairs(documents)
    assert not similar_pairs(documents, filtered(given_code))


def test_groups_with_the_very_same_stand_in_one_pair():
    documents = [_document(f"g{number}", _CODE.format(name=f"f{number}", factor=1)) for number in range(40)]
    (pair,) = similar_pairs(documents)
    assert len(pair.same_as_first) == 40


def test_strangers_are_no_pair():
    assert not similar_pairs([_document("a", _CODE.format(name="f", factor=1)), _document("b", _OTHER)])


def test_what_both_have_is_marked_and_all_is_text():
    code = _CODE.format(name="f", factor=1) + 'print("<script>alert(1)</script>")\n'
    shown = side_by_side(TwoTexts(first=code.strip(), second=(_OTHER + code).strip()))
    assert "<script" not in shown.first + shown.second
    assert "<mark>" in shown.first
    assert "class Stack" in shown.second.partition("<mark>")[0]


@given(st.text(max_size=300))
def test_side_by_side_shows_every_character(code):
    import html

    shown = side_by_side(TwoTexts(first=code, second=code))
    assert html.unescape(shown.first.replace("<mark>", "").replace("</mark>", "")) == code


def test_blanks_without_end_cost_no_more_than_other_text():
    filtered("x = 1" + " " * 50_000 + "# and\n" * 10)


def test_copydetect_is_used_without_matplotlib():
    code = (
        "import sys; from sheetgrader.report.similar_code import Document, similar_pairs;"
        "similar_pairs([Document(group=group, filtered='V=V+S(V)' * 20) for group in ('a', 'b')]);"
        "sys.exit('copydetect.utils' not in sys.modules or 'matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_names_strings_comments_and_blanks_are_alike_everywhere():
    assert filtered("total = 'a' + f(2)  # sum") == filtered('n=r"bc"+g(2)') == "V=S+V(2)"
    assert filtered("for x in range(3): pass") == "forVinrange(3):pass"


@given(st.text(alphabet="'\"\\\n#ab1 =rf", max_size=200))
def test_whatever_is_written_is_filtered_to_its_end(code):
    assert filtered(code + "\n'''\n\"\"\"'''") is not None


def test_what_many_groups_have_is_common_knowledge():
    shared = _CODE.format(name="f", factor=1)
    documents = [
        _document(f"g{number}", f"{shared}\nvalue_{number} = [{', '.join(map(str, range(number + 1)))}]")
        for number in range(9)
    ]
    assert not similar_pairs(documents)
