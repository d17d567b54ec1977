from __future__ import annotations

from contextlib import closing

import pytest

from sheetgrader.audit.variant_grading import VariantGrading, cell_of, lost
from sheetgrader.audit.variants import Variant
from sheetgrader.errors import CourseError

GRADERS = '''
from sheetgrader import assert_close, criterion

@criterion("ex1", hint="Twice.")
def test_doubles(student, rng):
    """The result is twice the argument."""
    x = float(rng.uniform(1, 2))
    assert_close(student.double(x), 2 * x)

@criterion("ex1", hint="Nothing.")
def test_nothing_stays_nothing(student):
    """Twice nothing is nothing."""
    assert_close(student.double(0.0), 0.0)

@criterion("ex2", hint="Look into the file.")
def test_file(student):
    """The file says yes."""
    assert student.said() == "yes"
'''
SOLUTION = "### BEGIN SOLUTION\ndef double(x):\n    return 2 * x\n### END SOLUTION"


@pytest.fixture
def grading(builder, connection, tmp_path):
    """A sheet with a cell and a file to answer in."""
    builder.source(
        builder.answer("ex1_code", SOLUTION),
        builder.tests("ex1_test"),
        builder.locked("ex2_read", "def said():\n    return open('answer.txt').read().strip()"),
        builder.tests("ex2_test"),
    )
    builder.write(
        "source/sheet/sheet.toml", 'title = "Sheet"\ngroup_size = [1, 1]\nfiles = ["sheet.ipynb", "answer.txt"]\n'
    )
    builder.write("solutions/sheet/answer.txt", "yes\n")
    builder.write("grader_tests/sheet/test_double.py", GRADERS)
    with closing(VariantGrading(builder.load().sheet("sheet"), tmp_path / "empty", connection)) as grading:
        yield grading


def points(result):
    return {cell.grade_id: cell.points for cell in result.cells if cell.criteria}


def test_reference_skeleton_and_variants_are_graded(grading, builder):
    reference = grading.grade()
    assert (points(reference), reference.notes) == ({"ex1_test": 1, "ex2_test": 1}, ())
    assert points(grading.grade(skeleton=True)) == {"ex1_test": 0, "ex2_test": 0}
    variants = [
        Variant("ex1", "wrong_square", "", "def double(x):\n    return x * x"),
        Variant("ex2", "wrong_no", "", "no", "answer.txt"),
    ]
    result = grading.grade(variants=variants)
    assert points(result) == {"ex1_test": 0.5, "ex2_test": 0}
    assert set(lost(cell_of(result, "ex1_test"))) == {"test_doubles"}
    assert points(grading.grade(variants=variants[1:])) == {"ex1_test": 1, "ex2_test": 0}


def test_nothing_of_the_course_is_written(grading, builder):
    before = sorted(path for path in builder.root.rglob("*") if ".sheetgrader" not in path.parts)
    grading.grade()
    assert sorted(path for path in builder.root.rglob("*") if ".sheetgrader" not in path.parts) == before


def test_cells_and_files_are_replaced(grading):
    result = grading.grade({"ex1_code": "def double(x):\n    return 0.0"}, files={"answer.txt": b"yes"}, skeleton=True)
    assert points(result) == {"ex1_test": 0.5, "ex2_test": 1}


def test_an_answer_to_an_unknown_question_is_one_sentence(grading):
    with pytest.raises(CourseError, match="no notebook of sheet has a cell ex7_code to answer in"):
        grading.grade({"ex7_code": ""})
