import pytest

from sheetgrader.errors import CourseError
from sheetgrader.grading.collection import collect

GOOD = b'''
import pytest
from sheetgrader import criterion
from helpers import sizes

@criterion("ex1a", weight=2, hint="Look again.")
@pytest.mark.parametrize("size", sizes)
def test_sizes(student, size):
    """It works for every
    size."""

@criterion("ex1b_test")
def test_other(student):
    """Other."""
'''


def test_criteria_are_found_with_their_facts():
    found = collect({"test_graded.py": GOOD, "helpers.py": b"sizes = [1, 2]"})
    assert [criterion.name for criterion in found] == [
        "test_graded.py::test_sizes[1]",
        "test_graded.py::test_sizes[2]",
        "test_graded.py::test_other",
    ]
    assert (found[0].question, found[0].weight, found[0].hint, found[0].rubric) == (
        "ex1a",
        2.0,
        "Look again.",
        "It works for every size.",
    )
    assert found[2].question == "ex1b_test"


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (b"def broken(:\n    pass", r"grader file test_graded.py.* cannot be imported: .*SyntaxError|invalid syntax"),
        (b"import no_such_module_anywhere", "grader file test_graded.py cannot be imported: .*no_such_module_anywhere"),
        (b"def test_nothing():\n    pass", "test_graded.py::test_nothing names no question"),
        (b"from sheetgrader import criterion\n@criterion('ex1')\ndef test_x(): pass", "test_x has no docstring"),
        (
            b"from sheetgrader import criterion\n@criterion('ex1', weight=0)\ndef test_x():\n    'x'",
            "weight of a criterion of ex1 is positive",
        ),
        (
            b"from sheetgrader import criterion\n@criterion('ex1', weight=float('inf'))\ndef test_x():\n    'x'",
            "weight of a criterion of ex1 is positive and finite, not inf",
        ),
        (b"from sheetgrader import criterion\n@criterion\ndef test_x():\n    'x'", "names its question"),
    ],
    ids=["syntax error", "missing module", "no question", "no docstring", "zero weight", "endless weight", "no call"],
)
def test_a_broken_grader_file_gives_one_sentence_that_names_it(source, sentence):
    with pytest.raises(CourseError, match=sentence) as caught:
        collect({"test_graded.py": source})
    assert "\n" not in str(caught.value)


REQUIRING = """
from sheetgrader import criterion

@criterion("{question}", requires={requires!r})
def test_{name}():
    "It holds."
"""


def requiring(*criteria: tuple[str, str, object]) -> bytes:
    return "".join(
        REQUIRING.format(question=question, name=name, requires=requires) for question, name, requires in criteria
    ).encode()


@pytest.mark.parametrize(
    ("criteria", "sentence"),
    [
        (
            [("ex1", "copies", "test_values"), ("ex2", "values", ())],
            "the grader test_graded.py::test_copies requires test_values, which is no criterion of ex1",
        ),
        (
            [("ex1", "copies", "values")],
            "the grader test_graded.py::test_copies requires values, which is no criterion of ex1",
        ),
        (
            [("ex1", "copies", "test_copies")],
            "the graders of test_graded.py require each other in a circle: test_copies requires test_copies",
        ),
        (
            [("ex1", "a", ()), ("ex1", "b", ["test_a", "test_c"]), ("ex1", "c", "test_d"), ("ex1", "d", ("test_b",))],
            "the graders of test_graded.py require each other in a circle: "
            "test_b requires test_c requires test_d requires test_b",
        ),
    ],
    ids=["of another question", "missing", "itself", "by way of others"],
)
def test_a_condition_stands_in_the_same_question_without_circles(criteria, sentence):
    with pytest.raises(CourseError) as caught:
        collect({"test_graded.py": requiring(*criteria)})
    assert str(caught.value) == sentence


def test_a_condition_may_stand_in_another_file_and_have_cases():
    criteria = [("ex1_test", "copies", "test_sizes")]
    sizes = GOOD.replace(b'"ex1a"', b'"ex1"')
    collect({"test_a.py": requiring(*criteria), "test_graded.py": sizes, "helpers.py": b"sizes = [1, 2]"})


def test_modules_of_one_sheet_are_not_seen_by_the_next():
    first = b'from sheetgrader import criterion\nfrom helpers import name\n@criterion(name)\ndef test_x():\n    "x"'
    assert collect({"test_a.py": first, "helpers.py": b"name = 'one'"})[0].question == "one"
    assert collect({"test_a.py": first, "helpers.py": b"name = 'two'"})[0].question == "two"


def test_a_grader_file_cannot_be_written_outside_its_folder():
    with pytest.raises(CourseError, match="outside"):
        collect({"../test_escape.py": b""})
