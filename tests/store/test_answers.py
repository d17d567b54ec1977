"""Digests of answers: the same for the same answer, another for whatever a tutor should look at again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from sheetgrader.store.answers import answers

if TYPE_CHECKING:
    from tests.conftest import CourseBuilder


def notebook(
    builder: CourseBuilder, *, code: str = "x = 1", text: str = "Because.", drawn: str = "A plot.", extra: str = ""
) -> bytes:
    cells = [
        builder.answer("ex1_code", code),
        *([builder.plain(extra)] if extra else []),
        builder.tests("ex1_test", "assert x"),
        builder.answer("ex2_text", text, points=2, markdown=True),
        builder.task("ex3", "Draw."),
        builder.plain(drawn, markdown=True),
    ]
    return builder.notebook(*cells)


def test_each_graded_cell_has_the_digest_of_its_own_answer(builder: CourseBuilder) -> None:
    before = answers(notebook(builder))
    assert set(before) == {"ex1_test", "ex2_text", "ex3"}
    assert answers(notebook(builder)) == before


@pytest.mark.parametrize(
    ("changed", "cell"),
    [
        ({"code": "x = 2"}, "ex1_test"),
        ({"extra": "x = 3"}, "ex1_test"),
        ({"text": "So."}, "ex2_text"),
        ({"drawn": "!"}, "ex3"),
    ],
)
def test_a_change_concerns_one_cell(builder: CourseBuilder, changed: dict[str, str], cell: str) -> None:
    before, after = answers(notebook(builder)), answers(notebook(builder, **changed))
    assert {name for name in before if before[name] != after[name]} == {cell}


def test_outputs_are_no_part_of_an_answer_and_attachments_are(builder: CourseBuilder) -> None:
    content = json.loads(notebook(builder))
    before = answers(json.dumps(content).encode())
    content["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "7"}]
    assert answers(json.dumps(content).encode()) == before
    content["cells"][2]["attachments"] = {"scan.png": {"image/png": "aGk="}}
    after = answers(json.dumps(content).encode())
    assert {name for name in before if before[name] != after[name]} == {"ex2_text"}


@pytest.mark.parametrize(
    "content", [None, b"", b"{", b"[]", b'{"cells": [1]}', b'{"cells": [{}]}', b"\xff", b"[" * 100_000]
)
def test_what_is_no_notebook_has_no_answers(content: bytes | None) -> None:
    assert answers(content) == {}


def test_tasks_that_the_sheet_does_not_know_are_none(builder: CourseBuilder) -> None:
    content = json.loads(notebook(builder))
    before = answers(json.dumps(content).encode())
    nameless = {"cell_type": "markdown", "metadata": {"nbgrader": {"task": True}}, "source": "x" * 15_000}
    # Each taken for a task, whose answer is all that stands below it, these are thirty gigabytes.
    content["cells"][:0] = [nameless] * 2000
    assert answers(json.dumps(content).encode()) == before
