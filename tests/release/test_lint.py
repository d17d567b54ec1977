import json

import nbformat
import pytest

from sheetgrader.course.source import read_notebook
from sheetgrader.errors import CourseError
from sheetgrader.grading.collection import CollectedCriterion
from sheetgrader.release.lint import check_source


def problems(builder, *questions):
    sheet = builder.load().sheet("sheet")
    criteria = [
        CollectedCriterion(f"test_a.py::test_{question}", question, 1.0, "", "rubric") for question in questions
    ]
    return check_source(sheet, [read_notebook(path) for path in sheet.source_notebooks().values()], criteria)


def test_a_good_source_has_no_problems(builder):
    builder.source(
        builder.locked("imports", "import math"),
        builder.answer(
            "ex1_code",
            "### BEGIN SOLUTION\ny = 2\n### END SOLUTION\nz = 1\n### BEGIN SOLUTION\nw = 2\n### END SOLUTION",
        ),
        builder.tests("ex1_test", "assert y == 2\n### BEGIN HIDDEN TESTS\nassert y\n### END HIDDEN TESTS"),
        builder.answer(
            "ex1_text", "Because.\n### BEGIN MARK SCHEME\none point\n### END MARK SCHEME", points=1.0, markdown=True
        ),
        builder.task("ex2", "Draw.\n### BEGIN MARK SCHEME\none point\n### END MARK SCHEME"),
    )
    assert problems(builder) == []


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [
        (
            ("answer", "### BEGIN SOLUTION\ny = 2"),
            "line 1: 'BEGIN SOLUTION' is never closed; write 'END SOLUTION' below it",
        ),
        (
            ("answer", "x\n### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION"),
            "line 3: 'BEGIN SOLUTION' stands inside the region that began in line 2",
        ),
        (("answer", "y = 2\n### END SOLUTION"), "line 2: 'END SOLUTION' ends a region that never began"),
        (("tests", "### BEGIN HIDDEN TESTS"), "line 1: 'BEGIN HIDDEN TESTS' is never closed"),
        (
            ("tests", "### BEGIN HIDDEN TESTS\n### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS"),
            "line 2: 'BEGIN HIDDEN TESTS' stands inside",
        ),
        (("task", "### BEGIN MARK SCHEME"), "line 1: 'BEGIN MARK SCHEME' is never closed"),
        (("locked", "### BEGIN SOLUTION\n### END SOLUTION"), "a solution stands in a cell that is no answer"),
        (("plain", "### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS"), "hidden tests stand in a cell without points"),
        (
            ("tests", "### BEGIN MARK SCHEME\n### END MARK SCHEME"),
            "a marking scheme stands outside of what is replaced",
        ),
    ],
)
def test_delimiters_that_do_not_fit_name_file_cell_and_line(builder, cell, complaint):
    kind, source = cell
    make = getattr(builder, kind)
    builder.source(builder.plain("x = 1"), make(source) if kind == "plain" else make("ex1", source))
    found = problems(builder)
    place = f"{builder.root}/source/sheet/sheet.ipynb, cell 2" + ("" if kind == "plain" else " (ex1)")
    assert any(problem.startswith(place) and complaint in problem for problem in found), found
    assert not any("\n" in problem for problem in found)


def test_delimiters_are_the_courses_own(builder):
    builder.write(
        "nbgrader_config.py",
        "c = get_config()\nc.ClearSolutions.begin_solution_delimeter = '<<'\nc.ClearSolutions.end_solution_delimeter ="
        " '>>'\n",
    )
    builder.source(builder.answer("a", "### BEGIN SOLUTION\ny = 2"), builder.answer("b", "<<\ny = 2"))
    (problem,) = problems(builder)
    assert "cell 2 (b), line 1: '<<' is never closed; write '>>' below it" in problem


def test_doubled_ids_missing_points_and_broken_metadata_are_named(builder):
    cells = [
        builder.answer("ex1", "y"),
        builder.answer("ex1", "z"),
        builder.tests("ex2"),
        builder.tests("ex3"),
        builder.tests("ex 4"),
        builder.task("ex5", ""),
    ]
    del cells[2].metadata.nbgrader["points"]
    cells[3].metadata.nbgrader["points"] = -1
    del cells[5].metadata.nbgrader["points"]
    builder.source(*cells)
    found = problems(builder)
    assert [problem.split(": ", 1)[0].rsplit("/", 1)[1] for problem in found] == [
        "sheet.ipynb, cell 2 (ex1)",
        "sheet.ipynb, cell 3 (ex2)",
        "sheet.ipynb, cell 4 (ex3)",
        "sheet.ipynb, cell 5 (ex 4)",
        "sheet.ipynb, cell 6 (ex5)",
    ]
    assert "is that of cell 1, too" in found[0]
    assert "its points are missing" in found[1]
    assert "metadata are not valid: -1 is less than the minimum of 0" in found[2]
    assert "'ex 4' does not match" in found[3]
    assert "its points are missing" in found[4]


@pytest.mark.parametrize(
    ("version", "complaint"),
    [(1, "of an older version; bring them up to date with: nbgrader update"), (9, "of a newer version")],
)
def test_metadata_of_another_version_say_what_to_do(builder, version, complaint):
    cell = builder.answer("ex1", "y")
    cell.metadata.nbgrader["schema_version"] = version
    builder.source(cell)
    (problem,) = problems(builder)
    assert complaint in problem


def test_a_language_without_stub_is_named(builder):
    path = builder.source(builder.answer("ex1", "y"))
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"]["kernelspec"] = {"name": "ruby", "display_name": "Ruby", "language": "ruby"}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    (problem,) = problems(builder)
    assert "is written in ruby, for which c.ClearSolutions.code_stub has no stub" in problem


def test_graders_and_test_cells_must_fit_together(builder):
    builder.source(
        builder.tests("ex1_test"),
        builder.tests("ex2_test", "assert x"),
        builder.tests("ex3_test", "# no test here"),
        builder.tests("ex4_test"),
    )
    builder.write("grader_tests/sheet/test_a.py", "")
    found = problems(builder, "ex1", "ex2", "ex4_test", "ex9", "sheet")
    assert len(found) == 4
    assert "grader_tests/sheet/test_a.py::test_ex9 judges 'ex9', but no notebook has a test cell ex9_test" in found[0]
    assert "judges 'sheet'" in found[1]
    assert "cell 2 (ex2_test) holds test code, though graders judge it" in found[2]
    assert (
        "cell 3 (ex3_test) is judged by no criterion in grader_tests/sheet/; write one with @criterion('ex3')"
        in found[3]
    )


def test_a_sheet_without_graders_may_have_empty_tests(builder):
    builder.source(builder.tests("ex1_test"))
    assert problems(builder) == []


def test_cells_named_as_ungraded_need_no_criterion(builder):
    builder.source(builder.tests("ex1_test"), builder.tests("ex2_test"))
    builder.write("grader_tests/sheet/test_a.py", "")
    builder.write("source/sheet/sheet.toml", 'ungraded_cells = ["ex2_test", "ex3_test"]\nbonus = ["ex1", "ex7"]\n')
    found = problems(builder, "ex1")
    assert [problem.split(": ", 1)[1] for problem in found] == [
        "bonus names 'ex7', but no cell of the sheet belongs to it",
        "ungraded_cells names 'ex3_test', but the sheet has no such cell",
    ]


def test_delimiters_in_other_files_are_named_since_nbgrader_hands_them_out_as_they_are(builder):
    builder.source(builder.answer("ex1", "y"))
    builder.write("source/sheet/train.py", "### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n")
    builder.write("source/sheet/data.bin", b"\0\1### BEGIN SOLUTION")
    (problem,) = problems(builder)
    assert problem.startswith(f"{builder.root}/source/sheet/train.py holds 'BEGIN SOLUTION'")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is no JSON"),
        (b'{"cells": [', r"is no JSON \(line 1, column"),
        (b"\xff", "not encoded as UTF-8"),
        (b'{"nbformat": 99, "nbformat_minor": 0, "metadata": {}, "cells": []}', "Unsupported nbformat version 99"),
        (
            b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code"}]}',
            "is no valid notebook",
        ),
        (b"[]", "is no valid notebook"),
    ],
)
def test_a_source_that_is_no_notebook_is_one_sentence(tmp_path, content, complaint):
    path = tmp_path / "sheet.ipynb"
    path.write_bytes(content)
    with pytest.raises(CourseError, match=complaint) as caught:
        read_notebook(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_cells_without_an_id_of_their_own_are_found(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(str(number)) for number in range(3)])
    notebook.cells[1]["id"], notebook.cells[2]["id"] = "a1", "a0"
    del notebook.cells[0]["id"]
    path = tmp_path / "sheet.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert read_notebook(path).without_id == (0,)
    notebook.cells[0]["id"] = "a0"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert read_notebook(path).without_id == (2,)
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        del cell["id"]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert read_notebook(path).without_id == ()


@pytest.mark.parametrize(("files", "fills"), [({"a.bin": 3 << 20}, False), ({"a.bin": 15 << 20}, True)])
def test_a_sheet_whose_own_files_fill_the_work_folder_is_refused(builder, files, fills):
    builder.write("nbgrader_config.py", "c = get_config()\nc.Sheetgrader.disk_bytes = 16 << 20\n")
    builder.source(builder.locked("imports", "import math"))
    for name, size in files.items():
        builder.write(f"source/sheet/data/{name}", bytes(size))
    found = problems(builder)
    assert bool(found) == fills
    assert all("take 15.0 of the 16 MiB" in problem and "disk_bytes" in problem for problem in found)


def test_many_small_files_fill_a_work_folder_too(builder):
    builder.write("nbgrader_config.py", "c = get_config()\nc.Sheetgrader.disk_bytes = 1 << 20\n")
    builder.source(builder.locked("imports", "import math"))
    for number in range(250):
        builder.write(f"source/sheet/data/{number}.txt", "a")
    assert len(problems(builder)) == 1
