import nbformat

from sheetgrader.grading.hiding import hide_tests, without_hidden

MARKS = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
SOURCE = "assert f(1) == 1\n### BEGIN HIDDEN TESTS\nassert f(271828) == 314159\n### END HIDDEN TESTS\nassert f(2) == 2"


def notebook(*cells):
    return nbformat.v4.new_notebook(cells=list(cells))


def test_a_test_cell_is_shown_as_it_was_released():
    assert without_hidden(SOURCE, MARKS) == "assert f(1) == 1\nassert f(2) == 2"


def test_hidden_tests_leave_no_trace_in_source_traceback_or_other_cells():
    error = nbformat.v4.new_output(
        "error", ename="AssertionError", evalue="f(271828)", traceback=["----> assert f(271828) == 314159"]
    )
    printed = nbformat.v4.new_output("stream", name="stdout", text="In[3]: assert f(271828) == 314159")
    book = notebook(
        nbformat.v4.new_code_cell(SOURCE, outputs=[error]),
        nbformat.v4.new_code_cell("print(In[-2])", outputs=[printed], metadata={"nbgrader": {"grade_id": "thief"}}),
        nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("stream", name="stdout", text="honest")]),
    )
    assert hide_tests(book, MARKS) == ["thief"]
    text = nbformat.writes(book)
    assert "271828" not in text
    assert "AssertionError" in text
    assert "honest" in text


def test_a_notebook_without_hidden_tests_stays_as_it_is():
    book = notebook(
        nbformat.v4.new_code_cell("assert True", outputs=[nbformat.v4.new_output("stream", name="stdout", text="x")])
    )
    before = nbformat.writes(book)
    assert hide_tests(book, MARKS) == []
    assert nbformat.writes(book) == before
