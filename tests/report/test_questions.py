from __future__ import annotations

from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from sheetgrader.course.questions import below_heading, heading
from sheetgrader.report.questions import Mark, checks, questions
from sheetgrader.results import CellResult, CriterionResult, Outcome


def _cell(source: str, grade_id: str = "", *, markdown: bool = False, **roles: Any) -> NotebookNode:
    metadata = {"nbgrader": {"grade_id": grade_id, **roles}} if grade_id else {}
    return (new_markdown_cell if markdown else new_code_cell)(source, metadata=metadata)


def _criterion(
    name: str, outcome: Outcome = Outcome.RIGHT, *, weight: float = 1, message: str = "", hint: str = ""
) -> CriterionResult:
    fraction = 1.0 if outcome is Outcome.RIGHT else 0.0
    return CriterionResult(
        name=name,
        rubric=f"rubric of {name}",
        weight=weight,
        outcome=outcome,
        fraction=fraction,
        message=message,
        hint=hint,
    )


def test_cells_named_after_a_question_belong_to_it() -> None:
    notebook = new_notebook(
        cells=[
            _cell("# Sheet 1\n\nRegulations", markdown=True),
            _cell("import numpy", "imports", locked=True),
            _cell(
                "# 1 Chapter\n\nintroduction\n\n## 1a) Sigmoid (0.25 points tests)\n\ntext",
                "ex1a",
                markdown=True,
                locked=True,
            ),
            _cell("def sigmoid(x): ...", "ex1a_code", solution=True),
            _cell("# my own heading", markdown=True),
            _cell("", "ex1a_test", grade=True, locked=True),
            _cell("## 1b) Tanh", "ex1b", markdown=True, locked=True),
            _cell("proof", "ex1b_text", markdown=True, grade=True, solution=True),
        ]
    )
    marks = {"ex1a_test": Mark(0.1, 0.25), "ex1b_text": Mark(None, 0.5)}
    found = questions(notebook, {}, marks)
    assert [(question.name, question.title, len(question.cells)) for question in found] == [
        ("Sheet 1", "Sheet 1", 2),
        ("ex1a", "1a) Sigmoid", 4),
        ("ex1b", "1b) Tanh", 2),
    ]
    assert [
        (question.points, question.max_points, question.unmarked_points, question.standing) for question in found
    ] == [
        (0, 0, 0, "text"),
        (0.1, 0.25, 0, "some"),
        (0, 0.5, 0.5, "open"),
    ]


def test_in_other_courses_a_question_begins_at_a_heading() -> None:
    notebook = new_notebook(
        cells=[
            _cell("## Part A", markdown=True),
            _cell("def squares(n): ...", "squares", solution=True),
            _cell("assert squares(1)", "correct_squares", grade=True, locked=True),
            _cell("## Part B", markdown=True),
            _cell("## the student's own heading", "proof", markdown=True, grade=True, solution=True),
        ]
    )
    found = questions(notebook, {}, {"correct_squares": Mark(1, 1), "proof": Mark(None, 2)})
    assert [(question.title, [part.grade_id for part in question.parts]) for question in found] == [
        ("Part A", ["correct_squares"]),
        ("Part B", ["proof"]),
    ]


def test_points_of_cells_that_the_notebook_lacks_are_kept() -> None:
    found = questions(
        new_notebook(), {}, {"ex1a_test": Mark(None, 1), "ex1a_text": Mark(0, 2), "other": Mark(1, 1, by_tutor=True)}
    )
    assert [(question.name, question.max_points) for question in found] == [("ex1a", 3), ("other", 1)]


@pytest.mark.parametrize(
    ("source", "title", "rest"),
    [
        ("## Title\n\ntext", "Title", "\n\ntext"),
        ("## Title ##\ntext", "Title", "\ntext"),
        ("text\n\n## Title", "Title", "text\n\n## Title"),
        ("# One\n## Two (2 points)\ntext", "Two", "# One\n## Two (2 points)\ntext"),
        ("## (2 points)\ntext", "(2 points)", "\ntext"),
        ("no heading", "", "no heading"),
        ("#hashtag", "", "#hashtag"),
    ],
)
def test_headings(source: str, title: str, rest: str) -> None:
    assert heading(new_markdown_cell(source)) == title
    assert below_heading(source) == rest


def test_cases_of_one_test_are_one_check() -> None:
    cell = CellResult(
        notebook="sheet",
        grade_id="ex1a_test",
        max_points=2,
        points=1.25,
        outcome=Outcome.PARTLY_RIGHT,
        criteria=(
            _criterion("test_a.py::test_shapes[1]", weight=0.5),
            _criterion("test_a.py::test_shapes[2]", Outcome.WRONG, weight=0.5, message="it is 3", hint="look again"),
            _criterion("test_a.py::test_shapes[3]", Outcome.RAISED, weight=0.5, message="it is 3", hint="look again"),
            _criterion("test_a.py::test_values", weight=0.5),
        ),
    )
    first, second = checks(cell)
    assert (first.right_cases, first.cases, first.points, first.max_points) == (1, 3, 0.5, 1.5)
    assert (first.outcome, first.messages, first.hint) == (Outcome.PARTLY_RIGHT, ("it is 3",), "look again")
    assert (second.outcome, second.points, second.max_points) == (Outcome.RIGHT, 0.5, 0.5)


@pytest.mark.parametrize(
    ("outcomes", "together"),
    [
        ((Outcome.WRONG, Outcome.RAISED), Outcome.WRONG),
        ((Outcome.TIMED_OUT, Outcome.TIMED_OUT), Outcome.TIMED_OUT),
        ((Outcome.RIGHT, Outcome.NOT_JUDGED), Outcome.NOT_JUDGED),
        ((Outcome.RIGHT, Outcome.TIMED_OUT), Outcome.PARTLY_RIGHT),
    ],
)
def test_outcome_of_several_cases(outcomes: tuple[Outcome, ...], together: Outcome) -> None:
    criteria = tuple(_criterion(f"test_a.py::test[{number}]", outcome) for number, outcome in enumerate(outcomes))
    (check,) = checks(
        CellResult(notebook="sheet", grade_id="a", max_points=1, points=0, outcome=None, criteria=criteria)
    )
    assert check.outcome is together
