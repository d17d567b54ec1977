"""Courses that would be graded wrongly."""

import json

import pytest

from sheetgrader.errors import CourseError
from sheetgrader.store.material import sheet_material
from sheetgrader.store.soundness import check_soundness, problems_of, remarks_on

OURS = "c = get_config()\nc.Autograde.autograde_preprocessors = ['sheetgrader.nbgrader_plugin.Execute']\n"


def sheet_of(builder):
    return builder.load().sheet("sheet")


def problems(builder):
    sheet = sheet_of(builder)
    return problems_of(sheet, sheet_material(sheet))


def remarks(builder):
    sheet = sheet_of(builder)
    return remarks_on(sheet, sheet_material(sheet))


@pytest.fixture
def course(builder):
    """A sheet of which graders judge one cell, and a test cell with code."""
    builder.write("nbgrader_config.py", OURS)
    builder.source(
        builder.answer("ex1_code", "y = 2"), builder.tests("ex1_test", "# judged"), builder.tests("ex2", "", points=0.0)
    )
    return builder


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "grader_tests/sheet does not exist; put the graders there"),
        (["grader_tests/Sheet/test_a.py"], "does not exist (there is grader_tests/Sheet/)"),
        (["grader_tests/shet/test_a.py", "grader_tests/other/test_a.py"], "(there is grader_tests/shet/)"),
        (["grader_test/sheet/test_a.py"], "(there is grader_test/sheet/)"),
        (["grader-tests/test_a.py"], "(there is grader-tests/)"),
        (["grader_tests/sheet/.hidden"], "grader_tests/sheet holds no graders"),
    ],
)
def test_tests_without_code_need_graders(course, files, said):
    for path in files:
        course.write(path, "")
    (problem,) = problems(course)
    assert "the test cells ex1_test in sheet.ipynb hold no code" in problem
    assert said in problem
    sheet = sheet_of(course)
    with pytest.raises(CourseError, match="everybody would get all their points"):
        check_soundness(sheet, sheet_material(sheet))


def test_an_ordinary_course_may_give_points_to_everybody_and_is_told_so(builder):
    builder.write("nbgrader_config.py", OURS)
    builder.source(builder.tests("ex1", "assert 1"), builder.tests("present", "# for being there"))
    assert problems(builder) == []
    (remark,) = remarks(builder)
    assert "The test cells present in sheet.ipynb hold no code" in remark
    builder.write("grader_test/sheet/test_a.py", "")
    assert len(problems(builder)) == 1
    assert remarks(builder) == []


def test_with_graders_empty_tests_are_what_they_should_be(course):
    course.write("grader_tests/sheet/test_a.py", "")
    assert problems(course) == remarks(course) == []


def test_an_ordinary_course_has_no_problems(builder):
    builder.source(
        builder.tests("ex1", "assert 1"),
        builder.tests("worthless", "", points=0.0),
        builder.answer("text", "", points=2.0, markdown=True),
        builder.tests("hidden", "### BEGIN HIDDEN TESTS\nassert 1\n### END HIDDEN TESTS"),
    )
    assert problems(builder) == []


def test_automatic_tests_count_as_what_nbgrader_makes_of_them(example_course):
    from sheetgrader.course.directory import Course

    sheet = Course.load(example_course).sheet("ps1_autotest")
    assert problems_of(sheet, sheet_material(sheet)) == []


@pytest.mark.parametrize(
    ("kernelspec", "language_info", "language"),
    [
        ({"name": "ir", "display_name": "R", "language": "R"}, {"name": "R"}, "R"),
        ({"name": "julia-1.9", "display_name": "Julia", "language": "julia"}, {}, "julia"),
        ({"name": "x", "display_name": "x"}, {"name": "octave"}, "octave"),
        ({"name": "xpython", "display_name": "x", "language": "python"}, {}, None),
        ({"name": "conda-env-ml", "display_name": "ml", "language": "ipython"}, {}, None),
        ({"name": "anything", "display_name": "x"}, {}, None),
        ({"name": "pyodide", "display_name": "x"}, {"name": "python"}, None),
    ],
)
def test_another_language_is_refused_by_name(course, kernelspec, language_info, language):
    path = course.source(course.tests("ex1", "assert 1"))
    notebook = json.loads(path.read_bytes())
    notebook["metadata"] = {"kernelspec": kernelspec, **({"language_info": language_info} if language_info else {})}
    course.write(
        "nbgrader_config.py",
        OURS + "c.ClearSolutions.code_stub = {'python': '#', 'R': '#', 'julia': '#', 'ipython': '#'}\n",
    )
    path.write_text(json.dumps(notebook))
    found = problems(course)
    if language is None:
        assert found == []
    else:
        (problem,) = found
        assert f"source/sheet/sheet.ipynb is written in {language}, and only Python is graded here" in problem


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (None, True),
        ("c = get_config()\n", True),
        ("c = get_config()\nc.Autograde.autograde_preprocessors = ['nbgrader.preprocessors.Execute']\n", True),
        (OURS, False),
    ],
)
def test_a_course_whose_autograde_leaves_the_sandbox_is_told_so(builder, config, told):
    builder.source(builder.tests("ex1", "assert 1"))
    if config is not None:
        builder.write("nbgrader_config.py", config)
    found = remarks(builder)
    assert len(found) == told
    assert all("outside of the sandbox" in remark for remark in found)
