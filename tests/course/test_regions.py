from __future__ import annotations

from traitlets.config import Config

from sheetgrader.course.regions import CourseDelimiters, as_handed_in


def test_an_answer_is_handed_in_without_marks_and_without_what_instructors_read():
    source = """def f(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
### BEGIN MARK SCHEME
One point.
### END MARK SCHEME
### BEGIN HIDDEN TESTS
assert f(1) == 2
### END HIDDEN TESTS
print(f(3))"""
    expected = "def f(x):\n    return 2 * x\nprint(f(3))"
    assert as_handed_in(source, CourseDelimiters.of(Config())) == expected


def test_an_answer_is_handed_in_by_the_marks_of_its_course():
    config = Config({"ClearSolutions": {"begin_solution_delimeter": "<<<", "end_solution_delimeter": ">>>"}})
    found = as_handed_in("# <<<\nx = 1\n# >>>\n# BEGIN SOLUTION", CourseDelimiters.of(config))
    assert found == "x = 1\n# BEGIN SOLUTION"
