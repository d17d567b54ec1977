from __future__ import annotations

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from sheetgrader.report.unanswered import unanswered

STUB = "def f(x):\n    raise NotImplementedError"
RELEASED = {"ex1_code": STUB, "more_answer": "", "ex1_text": "YOUR ANSWER HERE"}


def _code(source: str, name: str = "", **facts: bool) -> NotebookNode:
    return new_code_cell(source, metadata={"nbgrader": {"grade_id": name, **facts}} if name else {})


def _text(source: str, name: str = "", **facts: bool) -> NotebookNode:
    return new_markdown_cell(source, metadata={"nbgrader": {"grade_id": name, **facts}} if name else {})


def _left(*cells: NotebookNode) -> set[str]:
    return set(unanswered(new_notebook(cells=[_text("## Ex 1", "ex1", locked=True), *cells]), RELEASED))


def _answer(source: str) -> NotebookNode:
    return _code(source, "ex1_code", solution=True)


TEST = _code("# judged", "ex1_test", grade=True, locked=True)
SECOND = _code("# judged", "more_tests", grade=True, locked=True)


@pytest.mark.parametrize("source", [STUB, f"\n{STUB}\r\n", "", "  \n"])
def test_code_as_it_was_given_out_or_nothing_is_no_answer(source: str) -> None:
    assert _left(_answer(source), TEST) == {"ex1_test"}
    assert _left(_answer(source), _code("check()", "ex1_check", locked=True), TEST, SECOND) == {
        "ex1_test",
        "more_tests",
    }


def test_who_has_written_anything_has_answered() -> None:
    assert _left(_answer("def f(x):\n    return x"), TEST) == set()
    assert _left(_answer(STUB), _code("def f(x): return x"), TEST) == set()
    assert _left(_answer("f = abs"), _code("", "more_answer", solution=True), TEST) == set()
    assert _left(_answer("f = abs"), TEST, _code("", "more_answer", solution=True), SECOND) == {"more_tests"}


def test_tests_without_an_answer_cell_are_not_unanswered() -> None:
    assert _left(TEST) == set()
    assert _left(_code("", ""), TEST) == set()
    two = _left(_answer(STUB), TEST, _text("## Ex 2", "ex2", locked=True), _code("#", "ex2_test", grade=True))
    assert two == {"ex1_test"}


def test_text_as_it_was_given_out_is_no_answer() -> None:
    def text(source: str) -> NotebookNode:
        return _text(source, "ex1_text", grade=True, solution=True)

    assert _left(text("YOUR ANSWER HERE")) == {"ex1_text"}
    assert _left(text("It follows.")) == set()
    assert _left(text("YOUR ANSWER HERE"), _text("It follows.")) == set()
    assert _left(_text("It follows."), text("YOUR ANSWER HERE")) == set()
    scan = text("")
    scan["attachments"] = {"scan.png": {"image/png": ""}}
    assert _left(scan) == set()


def test_a_task_is_for_a_tutor_to_look_for() -> None:
    assert _left(_text("Draw.", "ex1_task", task=True)) == set()
