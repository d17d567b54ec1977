import os
from pathlib import Path

import pytest

from sheetgrader.course.directory import Course
from sheetgrader.errors import CourseError, UsageError


def test_a_course_of_somebody_else_needs_no_configuration(example_course):
    course = Course.load(example_course)
    sheet = course.sheet("ps1")
    assert course.sheets() == ["ps1", "ps1_autotest"]
    assert list(sheet.source_notebooks()) == ["problem1", "problem2"]
    assert sheet.submissions() == ["bitdiddle", "hacker"]
    assert list(sheet.source_files()) == ["jupyter.png"]
    assert sheet.grader_files() == {}
    assert sheet.regulations is None
    assert course.db_url == f"sqlite:///{example_course}/gradebook.db"


@pytest.mark.parametrize("name", ["ps2", "ps", "PS1"])
def test_an_unknown_sheet_names_those_that_are_near(example_course, name):
    with pytest.raises(UsageError, match=f"there is no sheet '{name}' in source/; .*ps1"):
        Course.load(example_course).sheet(name)


@pytest.mark.parametrize("name", ["", ".", "..", "../source/ps1", "ps1/", "*", "p?1"])
def test_names_that_are_no_names_find_no_sheet(example_course, name):
    with pytest.raises(UsageError, match="there is no sheet"):
        Course.load(example_course).sheet(name)


def test_a_sheet_far_from_all_others_lists_them(example_course):
    with pytest.raises(UsageError, match="the sheets are ps1, ps1_autotest"):
        Course.load(example_course).sheet("week-eleven")


def test_a_course_without_sheets_says_where_to_write_one(builder):
    builder.write("nbgrader_config.py", "")
    with pytest.raises(UsageError, match=r"write source/first/first\.ipynb first"):
        builder.load().sheet("first")


def test_an_ordinary_folder_is_no_course(tmp_path):
    with pytest.raises(UsageError, match=r"holds neither nbgrader_config.py nor a folder source/.*--course"):
        Course.load(tmp_path)


def test_a_missing_folder_is_no_course(tmp_path):
    with pytest.raises(UsageError, match="is no folder"):
        Course.load(tmp_path / "nowhere")


def test_the_current_folder_is_the_course_unless_another_is_named(example_course, monkeypatch):
    monkeypatch.chdir(example_course)
    assert Course.load().root == example_course


def test_jupyters_configuration_names_the_course_where_the_current_folder_is_none(
    example_course, tmp_path, builder, monkeypatch
):
    jupyter = tmp_path / "jupyter"
    jupyter.mkdir()
    (jupyter / "nbgrader_config.py").write_text(f"c = get_config()\nc.CourseDirectory.root = {str(example_course)!r}\n")
    monkeypatch.setattr("sheetgrader.course.directory.jupyter_config_path", lambda: [str(jupyter)])
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert Course.load(Path()).root == Course.load().root == example_course
    builder.write("nbgrader_config.py", "")
    monkeypatch.chdir(builder.root)
    assert Course.load(Path()).root == builder.root, "whoever stands in a course means that one"
    with pytest.raises(UsageError, match="is no nbgrader course directory"):
        Course.load(elsewhere)


def test_assignments_above_students_are_found(builder):
    builder.write(
        "nbgrader_config.json",
        '{"CourseDirectory": {"directory_structure": "{nbgrader_step}/{assignment_id}/{student_id}"}}',
    )
    builder.write("source/ps1/a.ipynb", "")
    builder.write("submitted/ps1/noether/a.ipynb", "")
    sheet = Course.load(builder.root).sheet("ps1")
    assert (list(sheet.source_notebooks()), sheet.submissions()) == (["a"], ["noether"])


def test_nbgraders_settings_are_heeded(builder):
    builder.write(
        "nbgrader_config.py",
        """c = get_config()
c.CourseDirectory.source_directory = "master"
c.CourseDirectory.submitted_directory = "in"
c.CourseDirectory.directory_structure = "{nbgrader_step}/{assignment_id}/{student_id}"
c.CourseDirectory.db_url = "sqlite:///elsewhere.db"
c.CourseDirectory.ignore.append("*.secret")
c.CourseDirectory.student_id_exclude = "instructor"
""",
    )
    builder.write("master/sheet/./sheet.ipynb", builder.notebook())
    builder.write("master/sheet/data.csv", "1")
    builder.write("master/sheet/plan.secret", "x")
    builder.write("in/sheet/ada/sheet.ipynb", builder.notebook())
    builder.write("in/sheet/instructor/sheet.ipynb", builder.notebook())
    course = builder.load()
    sheet = course.sheet("sheet")
    assert course.db_url == "sqlite:///elsewhere.db"
    assert sheet.submissions() == ["ada"]
    assert list(sheet.source_files()) == ["data.csv"]
    assert sheet.submitted_folder("ada") == builder.root / "in/sheet/ada"


def test_settings_of_older_nbgraders_are_understood(builder):
    builder.write("nbgrader_config.py", 'c = get_config()\nc.NbGrader.db_url = "sqlite:///old.db"\n')
    builder.source()
    assert builder.load().db_url == "sqlite:///old.db"


def test_folders_with_characters_of_patterns_are_found(builder):
    builder.root = builder.root / "week [1] (a+b)*"
    builder.source(sheet="sheet")
    builder.submit("a+b [c]")
    assert builder.load().sheet("sheet").submissions() == ["a+b [c]"]


def test_a_folder_whose_name_cannot_be_an_id_is_no_group(builder):
    builder.source()
    builder.submit("ada")
    builder.submit(os.fsdecode(b"\xff"))
    builder.submit("Grüße")
    assert builder.load().sheet("sheet").submissions() == ["Grüße", "ada"]


def test_the_configuration_may_import_the_courses_own_modules(builder):
    builder.write("own_settings.py", "URL = 'sqlite:///own.db'\n")
    builder.write(
        "nbgrader_config.py", "from own_settings import URL\nc = get_config()\nc.CourseDirectory.db_url = URL\n"
    )
    assert builder.load().db_url == "sqlite:///own.db"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("c = get_config()\nc.A.b = = 1\n", r"line 2: SyntaxError"),
        ("c = get_config()\n\nc.A.b = missing\n", r"line 3: NameError: name 'missing'"),
        ("raise RuntimeError('no\\nway')\n", r"line 1: RuntimeError: no way"),
        ("c = get_config()\nc.CourseDirectory.ignore = 3\n", r"c.CourseDirectory cannot be used"),
        ("c = get_config()\nc.Sheetgrader.workers = -1\n", r"c.Sheetgrader cannot be used"),
    ],
)
def test_a_broken_configuration_is_one_sentence(builder, text, complaint):
    builder.source()
    builder.write("nbgrader_config.py", text)
    with pytest.raises(CourseError, match=complaint) as caught:
        builder.load()
    assert "\n" not in str(caught.value)
    assert "nbgrader_config.py" in str(caught.value)


def test_variants_are_no_graders(builder):
    builder.source()
    for path in ("test_a.py", "helpers/shapes.py", "variants/ex1/right_loop.py", "__pycache__/test_a.pyc", ".hidden"):
        builder.write(f"grader_tests/sheet/{path}", "x = 1\n")
    assert list(builder.load().sheet("sheet").grader_files()) == ["test_a.py", "helpers/shapes.py"]


def test_an_unreadable_file_of_the_instructors_is_named(builder):
    builder.source()
    (builder.root / "source/sheet/gone.csv").symlink_to(Path("nowhere"))
    with pytest.raises(CourseError, match=r"gone.csv cannot be read: No such file"):
        builder.load().sheet("sheet").source_files()


@pytest.mark.parametrize("name", ["week+1", "week [1]", "all*", "what?", "{sheet}", "week\\1", " week", "week "])
def test_names_that_nbgrader_cannot_carry_are_refused_by_name(builder, name):
    builder.source(builder.plain("1"), sheet=name)
    builder.source(builder.plain("1"), sheet="week 2")
    course = builder.load()
    with pytest.raises(UsageError, match="nbgrader cannot carry the name of the sheet"):
        course.sheet(name)
    assert course.sheets() == ["week 2"]


def test_folders_whose_names_are_no_text_are_named(builder):
    builder.source(builder.plain("1"))
    builder.submit("ada", builder.plain("1"))
    folder = os.fsencode(builder.root / "submitted") + b"/M\xfcller/sheet"
    os.makedirs(folder)  # noqa: PTH103 # pathlib knows no bytes
    sheet = builder.load().sheet("sheet")
    assert sheet.submissions() == ["ada"]
    assert sheet.unnamed_submissions() == ["submitted/M\\xfcller/sheet"]
