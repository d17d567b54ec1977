import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from sheetgrader.grading.hiding import hide_tests, remark_on_marks, without_hidden
from sheetgrader.items import SourceCell

MARKS = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
SOURCE = "assert f(1) == 1\n### BEGIN HIDDEN TESTS\nassert f(271828) == 314159\n### END HIDDEN TESTS\nassert f(2) == 2"
ALL_MARKS = (*MARKS, "### BEGIN SOLUTION", "### END SOLUTION", "=== BEGIN MARK SCHEME ===", "=== END MARK SCHEME ===")


def notebook(*cells):
    return nbformat.v4.new_notebook(cells=list(cells))


def of_the_sheet(source=SOURCE, grade_id="ex1_test", *, locked=True):
    return SourceCell(
        grade_id=grade_id,
        cell_type="code",
        source=source,
        locked=locked,
        grade=locked,
        solution=not locked,
        task=False,
        max_points=1.0 if locked else None,
        checksum=None,
    )


def named(cell, grade_id):
    cell.metadata["nbgrader"] = {"grade_id": grade_id}
    return cell


def printed(text):
    return new_output("stream", name="stdout", text=text)


def test_a_test_cell_is_shown_as_it_was_released():
    assert without_hidden(SOURCE, MARKS) == "assert f(1) == 1\nassert f(2) == 2"


def test_hidden_tests_leave_no_trace_in_source_traceback_or_other_cells():
    error = new_output(
        "error", ename="AssertionError", evalue="f(271828)", traceback=["----> assert f(271828) == 314159"]
    )
    book = notebook(
        named(new_code_cell(SOURCE, outputs=[error]), "ex1_test"),
        named(new_code_cell("print(In[-2])", outputs=[printed("In[3]: assert f(271828) == 314159")]), "thief"),
        new_code_cell("1", outputs=[printed("honest")]),
    )
    assert hide_tests(book, [of_the_sheet()], MARKS) == ["thief"]
    text = nbformat.writes(book)
    assert "271828" not in text
    assert "AssertionError" in text
    assert "honest" in text


@pytest.mark.parametrize(
    "data",
    [
        {"text/plain": "'assert f(271828) == 314159\\nassert'"},
        {"application/json": [{"a": [1, "assert f(271828) == 314159"]}]},
        {"application/json": {"assert f(271828) == 314159": 1}},
    ],
    ids=["text", "value", "key"],
)
def test_hidden_tests_are_found_wherever_in_an_output_they_stand(data):
    book = notebook(new_code_cell("", outputs=[new_output("display_data", data=data)]))
    assert hide_tests(book, [of_the_sheet()], MARKS) == ["cell 1"]
    assert "271828" not in nbformat.writes(book)


def test_a_notebook_without_hidden_tests_stays_as_it_is():
    book = notebook(named(new_code_cell("assert True", outputs=[printed("x")]), "ex1_test"))
    before = nbformat.writes(book)
    assert hide_tests(book, [of_the_sheet("assert True")], MARKS) == []
    assert nbformat.writes(book) == before


@pytest.mark.parametrize("name", [None, "ex1_code", "of_no_sheet"])
def test_what_a_group_puts_between_such_marks_stays(name):
    cheating = SOURCE.replace("assert f(271828) == 314159", "f = patched_by_the_group")
    cell = new_code_cell(cheating, outputs=[printed("f = patched_by_the_group")])
    book = notebook(cell if name is None else named(cell, name))
    before = nbformat.writes(book)
    sheet = [of_the_sheet(), of_the_sheet("", "ex1_code", locked=False)]
    assert hide_tests(book, sheet, MARKS) == []
    assert nbformat.writes(book) == before


def test_many_lines_of_a_groups_own_between_such_marks_are_no_hidden_tests():
    # Each line looked for in each output, as lines of hidden tests are, these would take hours.
    lines = "\n".join(f"#x{number:014d}" for number in range(200_000))
    own = new_code_cell(f"{MARKS[0]}\n{lines}\n{MARKS[1]}")
    outputs = [new_code_cell("", outputs=[printed("#x0" * 1_000_000)]) for _ in range(8)]
    assert hide_tests(notebook(own, *outputs), [of_the_sheet()], MARKS) == []


@pytest.mark.parametrize("mark", ALL_MARKS)
def test_marks_in_a_groups_own_cells_are_remarked(mark):
    book = notebook(
        named(new_code_cell(SOURCE), "ex1_test"),
        named(new_code_cell(f"x = 1\n    {mark}\ny = 2"), "ex1_code"),
        new_markdown_cell(f"text\n{mark}"),
        new_code_cell("z = 3"),
    )
    (remark,) = remark_on_marks(book, [of_the_sheet(), of_the_sheet("", "ex1_code", locked=False)], ALL_MARKS)
    assert "(ex1_code, cell 3)" in remark


def test_the_sheets_own_marks_and_ordinary_notebooks_are_not_remarked():
    book = notebook(named(new_code_cell(SOURCE), "ex1_test"), new_code_cell("# begin solution"))
    assert remark_on_marks(book, [of_the_sheet()], ALL_MARKS) == []


def test_a_remark_on_many_cells_stays_a_sentence():
    (remark,) = remark_on_marks(notebook(*[new_code_cell(MARKS[0]) for _ in range(2000)]), [], ALL_MARKS)
    assert "cell 10 and 1,990 more" in remark


def failed(traceback, *, evalue="", count=3):
    error = new_output("error", ename="AssertionError", evalue=evalue, traceback=traceback)
    return named(new_code_cell(SOURCE, outputs=[error], execution_count=count), "ex1_test")


@pytest.mark.parametrize(
    ("number", "line"),
    [(1, "assert f(1) == 1"), (5, "assert f(2) == 2"), (2, None), (3, None), (4, None), (0, None), (6, None)],
)
def test_a_line_that_was_released_is_named_where_it_failed(number, line):
    book = notebook(failed([f"\x1b[36mCell\x1b[39m In[3], line {number}\n---> assert f(271828) == 314159"], evalue="2"))
    hide_tests(book, [of_the_sheet()], MARKS)
    (output,) = book.cells[0].outputs
    if line is None:
        assert output.traceback == ["AssertionError: a hidden test failed"]
    else:
        assert output.traceback == [f"----> {line}", "AssertionError: 2"]
    assert "271828" not in nbformat.writes(book)


@pytest.mark.parametrize(
    "frames",
    [["Cell In[3], line 1", "Cell In[3], line 3, in check()"], ["Cell In[2], line 1"], ["File x.py:1, in f()"], []],
    ids=["through a hidden one", "another cell", "a file", "nowhere"],
)
def test_a_failure_that_may_be_a_hidden_tests_is_shown_as_that(frames):
    book = notebook(failed(frames))
    hide_tests(book, [of_the_sheet()], MARKS)
    assert book.cells[0].outputs[0].traceback == ["AssertionError: a hidden test failed"]


def test_what_a_failing_line_says_is_held_back_where_it_repeats_hidden_tests():
    book = notebook(failed(["Cell In[3], line 1"], evalue="assert f(271828) == 314159"))
    hide_tests(book, [of_the_sheet()], MARKS)
    assert book.cells[0].outputs[0].traceback == ["AssertionError: a hidden test failed"]


def test_lines_that_were_released_or_are_the_groups_own_are_no_hidden_ones():
    hidden = "import numpy as np\nfor each in range(10):\n    assert f(271828)"
    source = f"import numpy as np\n{MARKS[0]}\n{hidden}\n{MARKS[1]}"
    book = notebook(
        named(new_code_cell(source), "ex1_test"),
        new_code_cell("for each in range(10):\n    print(each)", outputs=[printed("----> for each in range(10):")]),
        new_code_cell("", outputs=[printed("----> import numpy as np")]),
        new_code_cell("", outputs=[printed("assert f(271828)")]),
    )
    assert hide_tests(book, [of_the_sheet(source)], MARKS) == ["cell 4"]


def test_kept_hidden_tests_stay_in_the_sheets_own_cells_alone():
    book = notebook(failed(["assert f(271828) == 314159"]), new_code_cell("", outputs=[printed("f(271828) == 314159")]))
    stolen = new_code_cell("", outputs=[printed("assert f(271828) == 314159")])
    book.cells.append(stolen)
    assert hide_tests(book, [of_the_sheet()], MARKS, keeps=True) == ["cell 3"]
    assert book.cells[0].source == SOURCE
    assert book.cells[0].outputs[0].traceback == ["assert f(271828) == 314159"]
