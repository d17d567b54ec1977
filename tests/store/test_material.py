import json
import stat

import msgspec
import nbformat
import pytest

from sheetgrader.errors import CourseError, SubmissionError
from sheetgrader.items import GradingLimits
from sheetgrader.store.database import open_gradebook
from sheetgrader.store.material import build_item, digest, sheet_material


@pytest.fixture
def course(builder):
    """A sheet with a file, and one submission of it."""
    builder.source(builder.answer("ex1_code", "y = 2"), builder.tests("ex1_test", "assert y == 2"))
    builder.write("source/sheet/data/points.csv", "1,2\n")
    builder.write("source/sheet/helper.py", "x = 1\n")
    builder.submit("ada", builder.answer("ex1_code", "y = 3"), builder.tests("ex1_test", "assert y == 2"))
    return builder


def item_of(builder, group="ada"):
    return build_item(builder.load().sheet("sheet"), group)


def test_an_item_holds_all_that_grading_needs(course):
    course.write("submitted/ada/sheet/own.py", "z = 1\n")
    course.write("submitted/ada/sheet/timestamp.txt", "2023-12-14 10:00:00 UTC")
    item = item_of(course)
    assert (item.sheet, item.group, item.isolation) == ("sheet", "ada", "sandbox")
    assert item.files == {
        "own.py": b"z = 1\n",
        "timestamp.txt": b"2023-12-14 10:00:00 UTC",
        "data/points.csv": b"1,2\n",
        "helper.py": b"x = 1\n",
    }
    (notebook,) = item.notebooks
    assert notebook.submitted == (course.root / "submitted/ada/sheet/sheet.ipynb").read_bytes()
    assert [cell.grade_id for cell in notebook.source_cells] == ["ex1_code", "ex1_test"]
    assert notebook.reference is None
    assert notebook.judged == ()
    assert item.limits == GradingLimits()
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(item), type=type(item)) == item


def test_a_sheet_that_was_never_released_is_entered_without_touching_release(course):
    item_of(course)
    loaded = course.load()
    with open_gradebook(loaded) as gradebook:
        assert [notebook.name for notebook in gradebook.find_assignment("sheet").notebooks] == ["sheet"]
    assert not (course.root / "release").exists()
    assert [path.name for path in (course.root / ".sheetgrader").iterdir()] == ["secret"]
    assert stat.S_IMODE((course.root / ".sheetgrader").stat().st_mode) == 0o700


def test_a_source_that_nbgrader_refuses_is_one_sentence(course):
    course.source(course.answer("ex1_code", "### BEGIN SOLUTION\ny = 2"), course.tests("ex1_test"))
    with pytest.raises(CourseError, match=r"source/sheet cannot be released: no end solution statement found$"):
        item_of(course)


def test_graders_come_along_with_the_reference_and_the_cells_they_judge(course):
    course.source(
        course.answer("ex1_code", "y = 2"),
        course.tests("ex1_test", "# judged elsewhere"),
        course.tests("ex2_test", "assert True"),
    )
    course.write("grader_tests/sheet/test_sheet.py", "def test(): pass\n")
    item = item_of(course)
    assert item.graders == {"test_sheet.py": b"def test(): pass\n"}
    assert item.notebooks[0].judged == ("ex1_test",)
    assert item.notebooks[0].reference == (course.root / "source/sheet/sheet.ipynb").read_bytes()
    assert set(item.reference_files) == {"data/points.csv", "helper.py"}


def test_the_instructors_files_go_over_the_groups_own_except_where_the_course_says_otherwise(course):
    course.write("submitted/ada/sheet/helper.py", "x = 'mine'\n")
    course.write("submitted/ada/sheet/data/points.csv", "9,9\n")
    course.write("nbgrader_config.py", "c = get_config()\nc.Autograde.exclude_overwriting = {'sheet': ['helper.py']}\n")
    item = item_of(course)
    assert item.files["helper.py"] == b"x = 'mine'\n"
    assert item.files["data/points.csv"] == b"1,2\n"
    assert item.reference_files["helper.py"] == b"x = 1\n"


def test_settings_of_nbgraders_preprocessors_travel_with_the_notebook(course):
    course.write(
        "nbgrader_config.py",
        "c = get_config()\nc.OverwriteCells.add_missing_cells = True\nc.ClearHiddenTests.begin_test_delimeter ="
        " 'HIDE'\n",
    )
    item = item_of(course)
    assert json.loads(item.notebooks[0].preprocessor_config) == {"OverwriteCells": {"add_missing_cells": True}}
    assert item.hidden_test_delimiters == ("HIDE", "END HIDDEN TESTS")


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({}, r"no notebook was handed in; sheet.ipynb was expected"),
        (
            {"Sheet (1).ipynb": "{}"},
            r"sheet.ipynb was expected, but what was handed in is Sheet \(1\).ipynb; rename it",
        ),
        ({"work/sheet.ipynb": "{}"}, r"what was handed in is work/sheet.ipynb"),
        ({"sheet.ipynb.txt": "{}"}, r"what was handed in is sheet.ipynb.txt"),
        ({"sheet.ipynb/a": ""}, r"sheet.ipynb is a folder where the notebook was expected"),
        (
            {"sheet.ipynb": "x" * 2_000_000},
            r"sheet.ipynb has 1.91 MiB where one file may have 1 MiB; it was left out, and without its notebook",
        ),
    ],
)
def test_a_submission_without_its_notebook_says_what_was_found(course, files, complaint):
    course.write("nbgrader_config.py", "c = get_config()\nc.Sheetgrader.submission_bytes = 1 << 20\n")
    course.write("submitted/bob/sheet/notes.txt", "")
    for path, content in files.items():
        course.write(f"submitted/bob/sheet/{path}", content)
    with pytest.raises(SubmissionError, match=complaint) as caught:
        item_of(course, "bob")
    assert "\n" not in str(caught.value)
    assert item_of(course).group == "ada"


def test_a_group_that_handed_nothing_in_is_one_sentence(course):
    with pytest.raises(SubmissionError, match=r"submitted/nobody/sheet does not exist"):
        item_of(course, "nobody")


def test_one_of_two_notebooks_is_graded_without_the_other(course):
    course.source(course.answer("ex2_code", "y = 2"), notebook="second")
    item = item_of(course)
    assert [(notebook.name, notebook.submitted is None) for notebook in item.notebooks] == [
        ("second", True),
        ("sheet", False),
    ]


def test_links_in_a_submission_are_noted_and_not_followed(course):
    (course.root / "submitted/ada/sheet/key").symlink_to("/etc/passwd")
    item = item_of(course)
    assert "key" not in item.files
    assert item.notes == ("key is a symbolic link; it was left out.",)


def test_files_too_large_for_a_sandbox_are_one_sentence(course):
    course.write("nbgrader_config.py", "c = get_config()\nc.Sheetgrader.disk_bytes = 1 << 20\n")
    course.write("source/sheet/data/big.bin", b"x" * (2 << 20))
    with pytest.raises(CourseError, match=r"have 2 MiB and do not fit .*disk_bytes"):
        item_of(course)


def test_the_digest_is_the_same_for_the_same_and_another_for_whatever_may_change_a_score(course):
    before = item_of(course)
    assert item_of(course).digest == before.digest

    def other(**changed):
        return digest(msgspec.structs.replace(before, **changed))

    notebook = before.notebooks[0]
    digests = [
        before.digest,
        other(group="bob"),
        other(secret=b"x" * 32),
        other(files={**before.files, "a": b""}),
        other(reference_files={}),
        other(graders={"test_a.py": b""}),
        other(limits=GradingLimits(cell_seconds=1.0)),
        other(isolation="process"),
        other(hidden_test_delimiters=("a", "b")),
        *(
            other(notebooks=(msgspec.structs.replace(notebook, **changed),))
            for changed in (
                {"submitted": notebook.submitted + b" "},
                {"submitted": None},
                {"submitted": b""},
                {"source_cells": notebook.source_cells[:1]},
                {"kernelspec": None},
                {"judged": ("ex1_test",)},
                {"reference": b"{}"},
                {"preprocessor_config": '{"a":{}}'},
            )
        ),
    ]
    assert len(set(digests)) == len(digests)


def test_material_is_read_once_for_a_class(course):
    sheet = course.load().sheet("sheet")
    material = sheet_material(sheet)
    assert build_item(sheet, "ada", material) == build_item(sheet, "ada")


def test_nbgraders_example_course_makes_items(example_course):
    from sheetgrader.course.directory import Course

    sheet = Course.load(example_course).sheet("ps1")
    for group in sheet.submissions():
        item = build_item(sheet, group)
        assert [notebook.name for notebook in item.notebooks] == ["problem1", "problem2"]
        assert set(item.files) == {"jupyter.png", "timestamp.txt"}
        assert all(nbformat.reads(notebook.submitted.decode(), as_version=4).cells for notebook in item.notebooks)
