import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.course.regions import Delimiters, split
from sheetgrader.marking.checking import unread_rules
from sheetgrader.marking.rubrics import Item, Rubric, Rule, reach
from sheetgrader.marking.schemes import read_scheme, with_ids, write_scheme

from .rubric_strategies import PATIENT, RUBRICS


def read(text, max_points=1.0, **more):
    return read_scheme(text, notebook="sheet", grade_id="ex1_text", max_points=max_points, **more)


def items(text):
    return read(text).rubric.items


def only(text):
    (item,) = items(text)
    return item


@PATIENT
@given(RUBRICS)
def test_a_rubric_that_is_written_as_a_scheme_is_read_as_the_same(rubric):
    scheme = read(write_scheme(rubric), rubric.max_points)
    assert scheme.rubric == rubric
    assert scheme.problems == ()


LINES = st.sampled_from(
    [
        "",
        "**1 point**",
        "**1 point**, for either",
        "- 0.2: right",
        "- 0,3 each, 0.6 at most: often",
        "- subtract 0.1: slip",
        "- -0.1: slip",
        "- at most 0.5: partly",
        "- instead 0.05: hardly",
        "- one of:",
        "- a remark",
        "* 1/2: unclear",
        "1. first",
        "goes on",
        "$$",
        "```",
        "+ b",
        "\ttab",
    ]
)


@PATIENT
@given(st.lists(st.tuples(st.integers(0, 9), LINES), max_size=25))
def test_no_word_is_lost_whatever_is_written(lines):
    text = "\n".join(" " * indent + line for indent, line in lines)
    found = " ".join(item.text for item in read(text).rubric.all_items())
    for word in ("either", "right", "often", "slip", "partly", "hardly", "remark", "unclear", "first", "goes", "tab"):
        assert len(re.findall(word, found)) == len(re.findall(word, text))


@given(st.text())
def test_any_text_is_read(text):
    scheme = read(text)
    ids = [item.id for item in scheme.rubric.all_items()]
    assert len(ids) == len(set(ids))
    assert read(text) == scheme


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("- 0.2: right", Item(id="a", points=0.2, text="right")),
        ("* 0.2: right", Item(id="a", points=0.2, text="right")),
        ("- 0,2: right", Item(id="a", points=0.2, text="right")),
        ("- +.5 points: right", Item(id="a", points=0.5, text="right")),
        ("- 1 P: right", Item(id="a", points=1, text="right")),
        ("1. 0.2: right", Item(id="a", points=0.2, text="right")),
        (
            "- 0.1 each, 0.5 at most: line",
            Item(id="a", points=0.1, text="line", each=True, at_most=0.5),
        ),
        ("- 0.1 each, at most 0.5: line", Item(id="a", points=0.1, text="line", each=True, at_most=0.5)),
        ("- subtract 0.1: slip", Item(id="a", rule=Rule.DEDUCTION, points=0.1, text="slip")),
        ("- Subtract 0.1 each: slip", Item(id="a", rule=Rule.DEDUCTION, points=0.1, text="slip", each=True)),
        ("- -0.1: slip", Item(id="a", rule=Rule.DEDUCTION, points=0.1, text="slip")),
        ("- \u22120,1: slip", Item(id="a", rule=Rule.DEDUCTION, points=0.1, text="slip")),
        ("- at most 0.3: partly", Item(id="a", rule=Rule.CAP, points=0.3, text="partly")),
        ("- instead 0: hardly", Item(id="a", rule=Rule.INSTEAD, points=0, text="hardly")),
        ("- one of: two ways", Item(id="a", rule=Rule.ONE_OF, text="two ways")),
        ("- ratio 2:1, as in 0.5: no", Item(id="note1", rule=Rule.NOTE, text="ratio 2:1, as in 0.5: no")),
        ("- One of them is enough", Item(id="note1", rule=Rule.NOTE, text="One of them is enough")),
        ("2. second", Item(id="note1", rule=Rule.NOTE, text="2. second")),
        ("Models are fine.", Item(id="note1", rule=Rule.NOTE, text="Models are fine.")),
    ],
)
def test_a_line_says_what_it_does(line, expected):
    assert only(line) == expected


def test_indentation_says_what_belongs_to_what():
    scheme = read(
        "**1 point**, for either proof.\n\n"
        "- one of:\n"
        "  - By the gradient:\n"
        "    - 0.4: first\n"
        "      goes on\n"
        "      - subtract 0.1: slip\n"
        "    - 0.6: second\n\n"
        "      with a remark\n"
        "  - 1: otherwise\n"
        "- at most 0.3: for $n = 1$.\n\n"
        "Other proofs are fine."
    )
    assert [(item.id, item.text) for item in scheme.rubric.all_items()] == [
        ("note1", "**1 point**, for either proof."),
        ("a", ""),
        ("a1", "By the gradient:"),
        ("a1a", "first goes on"),
        ("a1a1", "slip"),
        ("a1b", "second"),
        ("note2", "with a remark"),
        ("a2", "otherwise"),
        ("b", "for $n = 1$."),
        ("note3", "Other proofs are fine."),
    ]
    assert scheme.problems == scheme.remarks == ()
    assert reach(scheme.rubric.items) == 1


def test_code_and_formulas_are_kept_line_by_line():
    assert only("- 0.5: as in\n  ```python\n  - 0.2: x\n      y\n  ```\n  or so").text == (
        "as in\n```python\n- 0.2: x\n    y\n```\nor so"
    )
    assert only("- 0.5: as in\n  $$\n  a\n  + b\n  $$").text == "as in $$\na\n+ b\n$$"


def test_the_line_that_only_says_what_the_cell_is_worth_is_no_item():
    for line in ("**1 point**", "1 point", "**1 bonus point.**", "**1,0 points**", "__1 points__:"):
        assert items(f"{line}\n\n- 1: right") == (Item(id="a", points=1, text="right"),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- 0.5: a\n- 0.25: b", "the lines of the marking scheme come to 0.75 points, but the cell is worth 1"),
        ("**2 points**\n\n- 1: a", "line 1: it says 2 points, but the cell is worth 1"),
        ("- 1: a\n- Subtract 0.1 for each plot", "line 2: 'Subtract 0.1 for each plot': its points cannot be read"),
        ("- 1: a\n- 1/2: b", "line 2: '1/2: b': its points cannot be read"),
        ("- 1: a\n- **0.2:** b", "line 2: '**0.2:** b': its points cannot be read"),
        ("- 1: a\n- 0.5.1 points: b", "line 2: '0.5.1 points: b': its points cannot be read"),
        ("- 1: a\n\n-0.1: b", "line 3: '-0.1: b': points are read from list items only"),
        ("- 1: a\n  - 0.7: b\n  - 0.5: c", "line 1: what stands in it comes to 1.2 points, but it is worth 1"),
        ("- 1: a\n  - 0.7: b", "line 1: what stands in it comes to 0.7 points, but it is worth 1"),
        ("- 1: a\n  - instead 1.5: b", "line 2: it stands for 1.5 points, more than the 1 of what it is about"),
        ("- 1: a\n- at most 2: b", "line 2: it stands for 2 points, more than the 1 of what it is about"),
        ("- 0.2 each: a\n- 0.8: b", "line 1: say how much it earns in all, as in '0.2 each, 0.6 at most: …'"),
        (
            "- 0.2 each, 0.1 at most: a\n- 0.8: b",
            "line 1: it comes to 0.1 at most, which is less than applying it once",
        ),
        ("- 1: a\n- at most 0.2 each: b", "line 2: only credits and deductions can apply several times"),
        ("- 0.0005: a\n- 1: b", "line 1: 0.0005 is finer than a thousandth of a point"),
        ("- 1:\n  - note", "line 1: it says nothing"),
        ("- 1: a\n- one of:", "line 2: no alternatives stand in it"),
        ("- one of:\n  - 1: a\n  - at most 0.2: b", "line 1: a deduction, bound or lesser value stands among"),
        ("- 1: a\n- subtract 0.1: b\n  - 0.1: c", "line 2: only notes can stand in a deduction"),
        (
            "- 1: a\n  - 1: b\n    - 1: c\n      - 1: d\n        - 1: e",
            "line 5: it stands 5 deep; no more than 4 can be taken in",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text, problem):
    problems = read(text).problems
    assert any(each.startswith(problem) for each in problems), problems


def test_lines_have_their_numbers_in_the_cell():
    assert read("- 1: a\n- 1/2: b", numbers=(7, 12)).problems[0].startswith("line 12: ")


def test_a_scheme_in_prose_has_no_problems():
    scheme = read("Half a point for the sign, half for the rest: 0.5 each.\n\n- look at the plot")
    assert scheme.rubric.is_prose
    assert scheme.problems == scheme.remarks == ()


@pytest.mark.parametrize(
    ("note", "is_rule"),
    [
        ("A single slip: subtract 0.1.", True),
        ("A proof for $n = 1$ only: at most 0.3.", True),
        ('"Bias correction" as the remedy: 0.', True),
        ('"Only smoother": 0,3', True),
        ("One term missing costs 0.1.", True),
        ("Vanishing gradients: no points for that.", False),
        ("It costs nothing.", False),
        ("The test loss is above 0.5 there.", False),
    ],
)
def test_notes_that_state_a_rule_are_remarked(note, is_rule):
    scheme = read(f"- 1: right\n- {note}")
    assert bool(list(unread_rules(scheme.rubric))) is is_rule
    assert bool(scheme.remarks) is is_rule
    assert all(remark.startswith("line 2: a note seems to state a rule") for remark in scheme.remarks)


def test_extra_credit_may_reach_anything():
    assert read("- 0.5: elegant", max_points=0).problems == ()


def test_ids_are_short_and_stay_when_words_or_notes_change():
    before = read("- 0.5: a\n  - 0.2: b\n  - 0.3: c\n- 0.5: d").rubric
    after = read("Note\n- 0.5: A\n  - why\n  - 0.2: B\n  - 0.3: C\n- look\n- 0.5: D").rubric
    names = [item.id for item in before.all_items()]
    assert names == ["a", "a1", "a2", "b"]
    assert [item.id for item in after.all_items() if item.can_apply] == names


def test_there_are_ids_for_any_number_of_items():
    many = with_ids(tuple(Item(id="", points=1, text="x") for _ in range(30)))
    assert [item.id for item in many[25:28]] == ["z", "aa", "ab"]


def test_a_text_of_several_lines_is_written_so_that_it_is_read_again():
    rubric = Rubric(
        notebook="sheet",
        grade_id="ex1_text",
        max_points=1.0,
        items=(Item(id="a", points=1.0, text="as in\n```\n- 0.1: x\n```"),),
    )
    assert read(write_scheme(rubric)).rubric == rubric


def test_long_lines_and_many_lines_are_read():
    long = "x" * 1_000_000
    assert items(f"- 0.2: {long}")[0].text == long
    assert len(items("- 0.2: x\n" * 20_000)) == 20_000
    assert only("- 0.2: x\n" + "  y\n" * 20_000).text.count("y") == 20_000


def test_a_scheme_is_plain_data():
    scheme = read("- 1: a\n- 1/2: b")
    assert msgspec.json.decode(msgspec.json.encode(scheme), type=type(scheme)) == scheme


def test_the_scheme_in_the_documentation_is_read():
    text = (Path(__file__).parents[2] / "docs/instructors.md").read_text()
    block = text.split("```markdown\n")[1].split("```")[0]
    scheme = read("\n".join(split(block, Delimiters("BEGIN MARK SCHEME", "END MARK SCHEME", enforced=True)).inside))
    assert scheme.problems == scheme.remarks == ()
    assert {item.rule for item in scheme.rubric.all_items()} == set(Rule)
