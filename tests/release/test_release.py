import json

import msgspec
import nbformat
import pytest

from sheetgrader.course.directory import Course
from sheetgrader.errors import CourseError
from sheetgrader.grading.worker import grade_submission
from sheetgrader.items import GradedSubmission
from sheetgrader.release.release import differences, release
from sheetgrader.results import SubmissionResult
from sheetgrader.store.database import open_gradebook, read_source_cells
from sheetgrader.store.generation import regenerate

GRADERS = '''
from sheetgrader import assert_close, criterion, numbers

@criterion("ex1", hint="Twice.")
def test_doubles(student, rng):
    """The result is twice the argument."""
    x = rng.uniform(-1, 1, size=5)
    assert_close(numbers(student.double(x), shape=x.shape), 2 * x)
'''


@pytest.fixture
def course(builder):
    """A sheet with one question that graders judge, one in a cell of its own, and a text."""
    builder.source(
        builder.plain("# Doubling", markdown=True),
        builder.locked("imports", "import numpy as np"),
        builder.answer(
            "ex1_code", "def double(x):\n    ### BEGIN SOLUTION\n    return np.add(x, x)\n    ### END SOLUTION"
        ),
        builder.locked("ex1_check", "assert double(1) == 2"),
        builder.tests("ex1_test", points=2.0),
        builder.answer("ex1_text", "Because adding a number to itself doubles it.", points=1.0, markdown=True),
    )
    builder.write("grader_tests/sheet/test_doubling.py", GRADERS)
    builder.write("source/sheet/data.csv", "1\n")
    return builder


@pytest.fixture
def grade(connection):
    """Grade in a sandboxed kernel."""
    return lambda item: grade_submission(item, connection)


def files_under(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def assert_untouched(course):
    assert not (course.root / "release").exists()
    with open_gradebook(course.load()) as gradebook:
        assert gradebook.assignments == []


def test_a_good_sheet_is_released(course, grade):
    sheet = course.load().sheet("sheet")
    report = release(sheet, grade=grade)
    assert report.problems == ()
    assert report.released
    assert (report.max_points, report.automatic_points) == (3.0, 2.0)
    assert report.files == ("data.csv", "sheet.ipynb")
    assert (report.reference.points, report.skeleton.points) == (2.0, 0.0)
    notebook = nbformat.read(course.root / "release/sheet/sheet.ipynb", as_version=4)
    assert notebook.cells[2].source == "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    assert notebook.cells[5].source == "YOUR ANSWER HERE"
    with open_gradebook(sheet.course) as gradebook:
        ((_, cells),) = read_source_cells(gradebook, "sheet").values()
    assert [cell.grade_id for cell in cells] == ["imports", "ex1_code", "ex1_check", "ex1_test", "ex1_text"]
    assert [path.name for path in (course.root / ".sheetgrader").iterdir()] == ["secret"]
    assert differences(sheet) == []


def test_a_release_can_be_made_again_byte_for_byte(course, tmp_path):
    sheet = course.load().sheet("sheet")
    release(sheet, grade=None)
    first = files_under(course.root / "release")
    release(sheet, grade=None)
    assert files_under(course.root / "release") == first
    assert files_under(regenerate(sheet, tmp_path / "again")) == {
        path.removeprefix("sheet/"): content for path, content in first.items()
    }


def test_what_differs_from_the_source_is_named(course):
    sheet = course.load().sheet("sheet")
    release(sheet, grade=None)
    course.write("release/sheet/extra.txt", "x")
    course.write("release/sheet/data.csv", "2\n")
    (course.root / "release/sheet/sheet.ipynb").unlink()
    way_out = "run: sheetgrader release sheet"
    folder = course.root / "release/sheet"
    assert differences(sheet) == [
        f"{folder}/data.csv differs from what the source generates; {way_out}",
        f"{folder}/extra.txt is there, but the source does not generate it; {way_out}",
        f"{folder}/sheet.ipynb is missing; {way_out}",
    ]
    release(sheet, grade=None)
    assert differences(sheet) == []


def test_problems_of_the_source_stop_the_release(course, grade):
    course.source(
        course.answer("ex1_code", "### BEGIN SOLUTION\nx"), course.tests("ex1_test"), course.tests("ex1_test")
    )
    report = release(course.load().sheet("sheet"), grade=grade)
    assert not report.released
    assert len(report.problems) == 2
    assert_untouched(course)


def test_a_leak_stops_the_release(course, grade):
    course.write("source/sheet/helper.py", "def double(x):\n    return np.add(x, x)\n")
    report = release(course.load().sheet("sheet"), grade=grade)
    assert report.problems == ("helper.py gives away the solution of ex1_code: 'return np.add(x, x)'",)
    assert_untouched(course)


def test_outputs_that_the_course_keeps_are_searched_for_leaks(course):
    path = course.root / "source/sheet/sheet.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="return np.add(x, x)")]
    nbformat.write(notebook, path)
    assert release(course.load().sheet("sheet"), grade=None).released
    course.write("nbgrader_config.py", "c = get_config()\nc.ClearOutput.enabled = False\n")
    (problem,) = release(course.load().sheet("sheet"), grade=None).problems
    assert "cell 2 (imports) gives away the solution of ex1_code" in problem


def test_a_skeleton_that_is_no_python_stops_the_release(course):
    path = course.root / "source/sheet/sheet.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].source = "%matplotlib inline\nimport numpy as np\n!ls\nawait something()"
    notebook.cells[2].source = "def double(x):\n### BEGIN SOLUTION\n    return np.add(x, x)\n### END SOLUTION"
    nbformat.write(notebook, path)
    (problem,) = release(course.load().sheet("sheet"), grade=None).problems
    assert problem.startswith(
        f"{course.root}/release/sheet/sheet.ipynb, cell 3 (ex1_code) is no Python, line 3: expected an indented block"
    )
    assert_untouched(course)


def test_a_reference_that_loses_points_stops_the_release(course, grade):
    rewrite(course, 2, "np.add(x, x)", "np.add(x, 1)")
    rewrite(course, 3, "assert double(1) == 2", "assert double(1) == 2.0")
    report = release(course.load().sheet("sheet"), grade=grade)
    (problem,) = report.problems
    assert problem.startswith(
        "the reference solution gets 0 of 2 points in ex1_test: test_doubling.py::test_doubles (wrong)"
    )
    assert_untouched(course)


def test_a_public_check_that_refuses_the_reference_stops_the_release(course, grade):
    rewrite(course, 3, "assert double(1) == 2", "assert double(1) == 3")
    (problem,) = release(course.load().sheet("sheet"), grade=grade).problems
    assert problem.startswith("the reference solution's ex1_check in sheet.ipynb did not run: raised: AssertionError")


def test_a_skeleton_that_gets_points_stops_the_release(course, grade):
    rewrite(
        course,
        2,
        "    ### BEGIN SOLUTION\n    return np.add(x, x)\n    ### END SOLUTION",
        "    y = x + x\n    return y\n    ### BEGIN SOLUTION\n    ### END SOLUTION",
    )
    (problem,) = release(course.load().sheet("sheet"), grade=grade).problems
    assert problem == "the empty skeleton gets 2 points in ex1_test, for test_doubling.py::test_doubles"


def test_first_cells_that_do_not_run_stop_the_release(course, grade):
    rewrite(course, 1, "import numpy as np", "import numpy as np\nimport no_such_module")
    problems = release(course.load().sheet("sheet"), grade=grade).problems
    assert any("imports does not run in the skeleton: raised: ModuleNotFoundError" in problem for problem in problems)


def test_a_grader_that_fails_itself_stops_the_release(course, grade):
    course.write("grader_tests/sheet/test_doubling.py", GRADERS.replace("x = rng", "undefined\n    x = rng"))
    problems = release(course.load().sheet("sheet"), grade=grade).problems
    assert any(
        "the reference solution gets no of 2 points in ex1_test" in problem and "NameError" in problem
        for problem in problems
    )


def test_a_grader_file_that_is_no_python_is_one_sentence(course, grade):
    course.write("grader_tests/sheet/test_doubling.py", "def test(:\n")
    with pytest.raises(CourseError, match=r"test_doubling.py.* invalid syntax"):
        release(course.load().sheet("sheet"), grade=grade)
    assert_untouched(course)


def test_a_submission_that_cannot_be_graded_stops_the_release(course):
    def damaged(item):
        return GradedSubmission(result=SubmissionResult(sheet=item.sheet, group=item.group, error="no kernel"))

    problems = release(course.load().sheet("sheet"), grade=damaged).problems
    assert problems == (
        "the reference solution could not be graded: no kernel",
        "the empty skeleton could not be graded: no kernel",
    )


def test_ungraded_cells_need_no_points(course, grade):
    course.write("source/sheet/sheet.toml", 'ungraded_cells = ["ex2_test"]\n')
    path = course.root / "source/sheet/sheet.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    course.source(*cells, course.tests("ex2_test", points=5.0))
    report = release(course.load().sheet("sheet"), grade=grade)
    assert report.problems == ()
    assert report.max_points == 8.0


def test_cells_without_ids_are_remarked(course):
    path = course.root / "source/sheet/sheet.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    del notebook["cells"][0]["id"]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    report = release(course.load().sheet("sheet"), grade=None)
    assert report.released
    assert (
        f"{path}: cells 1 have no id of their own, so every release differs; open the notebook in Jupyter and save it"
        in report.remarks
    )


def test_cells_of_a_sheet_that_was_handed_in_cannot_be_added(course):
    sheet = course.load().sheet("sheet")
    release(sheet, grade=None)
    with open_gradebook(sheet.course) as gradebook:
        gradebook.add_student("ada")
        with pytest.warns(Warning, match="not in session"):
            gradebook.add_submission("sheet", "ada")
    before = files_under(course.root / "release")
    cells = nbformat.read(course.root / "source/sheet/sheet.ipynb", as_version=4).cells
    course.source(*cells, course.tests("ex2_test", "assert True"))
    with pytest.raises(
        CourseError, match="cells with a name were added, taken away or renamed since its release, and submissions"
    ):
        release(course.load().sheet("sheet"), grade=None)
    assert files_under(course.root / "release") == before


def test_the_deadline_is_told_to_nbgrader(course):
    course.write("source/sheet/sheet.toml", 'deadline = 2023-12-14T23:59:00\ntimezone = "Europe/Berlin"\n')
    sheet = course.load().sheet("sheet")
    release(sheet, grade=None)
    with open_gradebook(sheet.course) as gradebook:
        assert str(gradebook.find_assignment("sheet").duedate) == "2023-12-14 22:59:00"


@pytest.mark.parametrize("name", ["ps1", "ps1_autotest"])
def test_nbgraders_example_course_is_released(example_course, grade, name):
    report = release(Course.load(example_course).sheet(name), grade=grade)
    assert report.problems == ()
    assert msgspec.json.decode(msgspec.json.encode(report), type=type(report)) == report
    assert report.reference.points == report.automatic_points


def rewrite(course, position, old, new):
    path = course.root / "source/sheet/sheet.ipynb"
    notebook = nbformat.read(path, as_version=4)
    assert old in notebook.cells[position].source
    notebook.cells[position].source = notebook.cells[position].source.replace(old, new)
    nbformat.write(notebook, path)
