from __future__ import annotations

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from sheetgrader.report.class_report.content import GroupContent, QuestionContent, made_ready
from sheetgrader.report.feedback_page import NotebookContent
from sheetgrader.report.questions import Mark

GIVEN_OUT = "YOUR ANSWER HERE"
STUB = "# YOUR CODE HERE\nraise NotImplementedError"
LEFT = "Left unanswered."


def _text(name: str, source: str) -> NotebookNode:
    return new_markdown_cell(source, metadata={"nbgrader": {"grade_id": name, "grade": True, "solution": True}})


def _code(name: str, source: str, outputs: list[NotebookNode] | None = None) -> NotebookNode:
    return new_code_cell(source, outputs=outputs or [], metadata={"nbgrader": {"grade_id": name, "solution": True}})


def _tests(name: str) -> NotebookNode:
    return new_code_cell("# judged", metadata={"nbgrader": {"grade_id": name, "grade": True, "locked": True}})


def _made(*cells: NotebookNode, is_unread: bool = False) -> QuestionContent:
    heading = new_markdown_cell("## 1", metadata={"nbgrader": {"grade_id": "ex1", "locked": True}})
    notebook = new_notebook(cells=[heading, *cells])
    names = [cell.metadata.nbgrader.grade_id for cell in cells if cell.metadata.nbgrader.get("grade")]
    of = NotebookContent(
        name="sheet",
        content=nbformat.writes(notebook).encode(),
        marks={name: Mark(None, 1.0) for name in names},
        comments={},
        released={"ex1_text": GIVEN_OUT, "ex1_why": GIVEN_OUT, "ex1_code": STUB},
    )
    (question,) = made_ready(GroupContent(notebooks=(of,), is_unread=is_unread)).questions
    return question


def test_what_was_left_as_it_was_given_out_is_one_line() -> None:
    made = _made(_code("ex1_code", STUB), _tests("ex1_test"), _text("ex1_text", GIVEN_OUT), _text("ex1_why", GIVEN_OUT))
    for shown in (made.answer, made.text):
        assert shown.count(LEFT) == 1
        assert "YOUR" not in shown
        assert "NotImplementedError" not in shown


def test_what_was_left_beside_an_answer_is_told_in_its_place() -> None:
    made = _made(_code("ex1_code", "f = abs"), _tests("ex1_test"), _text("ex1_text", GIVEN_OUT), _text("ex1_why", "So"))
    assert made.answer.count(LEFT) == made.text.count(LEFT) == 1
    assert made.answer.index("abs") < made.answer.index(LEFT) < made.answer.index("So")
    assert GIVEN_OUT not in made.answer


def test_what_was_put_out_is_shown_though_nothing_was_written() -> None:
    made = _made(_code("ex1_code", STUB, [new_output("stream", text="from before")]), _tests("ex1_test"))
    assert "from before" in made.answer


def test_an_answer_is_shown_as_it_is() -> None:
    made = _made(_text("ex1_text", "It follows."))
    assert "It follows." in made.text
    assert LEFT not in made.answer


def test_of_what_could_not_be_read_nobody_says_that_it_was_left() -> None:
    made = _made(_code("ex1_code", STUB), _tests("ex1_test"), _text("ex1_text", GIVEN_OUT), is_unread=True)
    assert LEFT not in made.answer
    assert made.answer.count("What was handed in could not be read.") == made.text.count("could not be read.") == 1
