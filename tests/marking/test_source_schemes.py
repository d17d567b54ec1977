from pathlib import Path

import pytest

from sheetgrader.course.directory import Course
from sheetgrader.marking.checking import unread_rules
from sheetgrader.marking.rubrics import Rule, points, reach
from sheetgrader.marking.source_schemes import sheet_schemes

SHEETS = {"sheet1_basics": 16, "sheet2_networks_svm": 6, "sheet3_autodiff_adam": 14, "sheet4_autoencoders": 11}

SCHEME = "### BEGIN MARK SCHEME\n{}\n### END MARK SCHEME"


@pytest.fixture(scope="module")
def schemes():
    course = Course.load(Path(__file__).parents[2])
    return {name: sheet_schemes(course.sheet(name)) for name in SHEETS}


def test_every_text_of_the_four_sheets_has_a_scheme(schemes):
    assert {name: sum(cell.is_there for cell in cells) for name, cells in schemes.items()} == SHEETS
    assert all(cell.is_there for cells in schemes.values() for cell in cells)


def test_the_schemes_of_the_four_sheets_reach_their_points_and_state_every_rule(schemes):
    for cell in (cell for cells in schemes.values() for cell in cells):
        rubric = cell.scheme.rubric
        assert cell.scheme.problems == cell.scheme.remarks == (), cell.place
        assert reach(rubric.items) == rubric.max_points, cell.place
        assert list(unread_rules(rubric)) == [], cell.place
        whole = {item.id: 1 for item in rubric.items if item.rule is Rule.CREDIT and not item.each}
        assert points(rubric, whole) <= rubric.max_points


def rubric_of(schemes, sheet, grade_id):
    return next(cell.scheme.rubric for cell in schemes[sheet] if cell.scheme.rubric.grade_id == grade_id)


@pytest.mark.parametrize(
    ("sheet", "grade_id", "applied", "expected"),
    [
        ("sheet1_basics", "ex1a_text", {"a": 1, "b": 1, "c": 1}, 0.15),
        # Jensen's inequality, for one dimension only.
        ("sheet1_basics", "ex2a_text", {"a2a": 1, "a2b": 1, "a2c": 1}, 0.5),
        ("sheet1_basics", "ex2a_text", {"a2a": 1, "a2b": 1, "a2c": 1, "b": 1}, 0.3),
        # A wrong factor in the Hessian.
        ("sheet1_basics", "ex2b_text", {"a": 1, "a1": 1, "b": 1}, 0.2),
        # "There are many local minima", and the right answer.
        ("sheet1_basics", "ex2c_text", {"a": 1, "b1": 1}, 0.1),
        ("sheet1_basics", "ex3e_text", {"c": 1}, 0.05),
        # A summary of 300 words that leaves out what refutes the usual explanation.
        ("sheet1_basics", "ex4_text", {"a1": 1, "a2": 1, "b": 1, "c": 1, "d": 1, "e": 1}, 1.1),
        # Six plots that are missing cost no more than half a point.
        ("sheet2_networks_svm", "ex2d_text", {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "g": 6}, 1.5),
        # Five of the six derivatives.
        ("sheet3_autodiff_adam", "ex1b_text", {"a": 1, "b": 5, "c": 1}, 0.9),
        # Two ways, one of them larger batches.
        ("sheet3_autodiff_adam", "ex2c_text", {"a": 1, "b3": 1}, 0.75),
        ("sheet3_autodiff_adam", "ex2c_text", {"a": 1, "c": 1}, 0.6),
        # Every guess, and no reason.
        ("sheet4_autoencoders", "ex1c_text", dict.fromkeys(["a1", "b1", "c1", "d1", "e1", "f1", "g"], 1), 1.8),
        ("sheet4_autoencoders", "ex1c_text", dict.fromkeys(["a", "b", "c", "d", "e", "f"], 1), 3),
        ("sheet4_autoencoders", "ex1d_text", {"a1": 1, "b": 1, "c": 1}, 0.9),
    ],
)
def test_answers_get_what_the_scheme_says(schemes, sheet, grade_id, applied, expected):
    assert points(rubric_of(schemes, sheet, grade_id), applied) == pytest.approx(expected)


def test_schemes_are_read_from_answers_tasks_and_code(builder):
    builder.source(
        builder.answer("ex1_text", SCHEME.format("- 0.5: a\n- 0.5: b"), points=1.0, markdown=True),
        builder.task("ex2", "Draw.\n" + SCHEME.format("- 2: a curve"), points=2.0),
        builder.answer("ex3_code", "x = 1\n" + SCHEME.format("# - 1: short\n#   - subtract 0.5: slow"), points=1.0),
        builder.answer("ex4_text", "No scheme.", points=1.0, markdown=True),
        builder.answer("ex5_code", "not marked by hand"),
        builder.tests("ex5_test", "assert True"),
    )
    cells = sheet_schemes(builder.load().sheet("sheet"))
    assert [(cell.scheme.rubric.grade_id, cell.is_there, reach(cell.scheme.rubric.items)) for cell in cells] == [
        ("ex1_text", True, 1),
        ("ex2", True, 2),
        ("ex3_code", True, 1),
        ("ex4_text", False, 0),
    ]
    code = cells[2].scheme.rubric
    assert code.items[0].items[0].rule is Rule.DEDUCTION
    assert all(cell.scheme.problems == () for cell in cells)


def test_lines_are_those_of_the_cell(builder):
    builder.source(
        builder.answer(
            "ex1_text",
            f"Answer.\n{SCHEME.format('- 1: a')}\nMore.\n{SCHEME.format('- 1/2: b')}",
            points=1.0,
            markdown=True,
        )
    )
    (cell,) = sheet_schemes(builder.load().sheet("sheet"))
    assert cell.place.endswith("sheet.ipynb, cell 1 (ex1_text)")
    assert cell.scheme.problems[0].startswith("line 7: '1/2: b'")


def test_the_delimiters_of_the_course_count(builder):
    builder.write(
        "nbgrader_config.py",
        "c = get_config()\nc.ClearMarkScheme.begin_mark_scheme_delimeter = 'ANFANG'\n"
        "c.ClearMarkScheme.end_mark_scheme_delimeter = 'ENDE'\n",
    )
    builder.source(builder.task("ex1", "Draw.\nANFANG\n- 1: a curve\nENDE"))
    (cell,) = sheet_schemes(builder.load().sheet("sheet"))
    assert reach(cell.scheme.rubric.items) == 1
