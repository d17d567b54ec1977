"""Submitted notebooks that cost more than they seem to: refused, or read without what nobody looks at."""

import json
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from sheetgrader.boundary.untrusted_json import price
from sheetgrader.errors import SubmissionError
from sheetgrader.grading.notebook_reading import read_notebook

BAD_OUTPUT = {"output_type": "stream", "name": "stdout", "text": 5}


def written(**changes):
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "x = 1", "outputs": [], "execution_count": None}
    notebook: dict[str, Any] = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    for path, value in changes.items():
        target, _, key = path.partition("_")
        {"cell": cell, "metadata": cell["metadata"], "notebook": notebook["metadata"]}[target][key] = value
    return json.dumps(notebook).encode()


def nested(levels, value):
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"notebook_x": [{}] * 300_000}, "too many lines or values"),
        ({"notebook_x": [[]] * 600_000}, "too many lines or values"),
        ({"notebook_x": [""] * 1_100_000}, "too many lines or values"),
        ({"notebook_x": {str(key): 0 for key in range(700_000)}}, "too many lines or values"),
        ({"notebook_x": nested(90, [{}] * 300_000)}, "too many lines or values"),
        ({"cell_source": "x\n" * 4_000_000}, "too many lines or values"),
        ({"cell_source": "x\u2028" * 1_000_000}, "too many lines or values"),
        ({"metadata_tags": [1, "a"] * 100_000}, "tags or attachments"),
        ({"cell_attachments": {str(number): {"image/png": 5} for number in range(100_000)}}, "tags or attachments"),
        ({"cell_attachments": {"a": {f"image/{number}": 5 for number in range(100_000)}}}, "tags or attachments"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_would_take_gigabytes_or_hours_is_refused(changes, reason):
    with pytest.raises(SubmissionError, match=reason):
        read_notebook("sheet.ipynb", written(**changes))


@pytest.mark.parametrize(
    "outputs",
    [[BAD_OUTPUT] * 300_000, [{"data": [{}] * 300_000}], [{"output_type": "display_data", "data": {"a": ["x"]}}]],
    ids=["invalid", "large", "odd"],
)
def test_outputs_that_were_handed_in_are_not_looked_at(outputs):
    notebook, notes = read_notebook("sheet.ipynb", written(cell_outputs=outputs))
    assert notebook.cells[0].outputs == []
    assert notes == []
    nbformat.validate(notebook)


def test_outputs_of_the_format_of_the_past_are_not_looked_at_either():
    cell = {"cell_type": "code", "language": "python", "input": "x = 1", "outputs": [BAD_OUTPUT] * 100_000}
    past = {"worksheets": [{"cells": [{**cell, "metadata": {}}]}], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}
    notebook, _ = read_notebook("sheet.ipynb", json.dumps(past).encode())
    assert [(cell.source, cell.outputs) for cell in notebook.cells] == [("x = 1", [])]


def test_a_large_notebook_that_means_well_is_read():
    cells = [
        new_markdown_cell("x", attachments={f"{number}.png": {"image/png": "A" * 1_000_000} for number in range(20)}),
        *(new_code_cell("x = 1  # é\n" * 200, metadata={"tags": ["a", "b"]}) for _ in range(200)),
        new_code_cell("plot()", outputs=[new_output("display_data", data={"application/json": [0.5] * 500_000})]),
    ]
    widgets = {str(number): {"state": {"value": number, "name": "bar"}} for number in range(5_000)}
    content = nbformat.writes(new_notebook(cells=cells, metadata={"widgets": widgets})).encode()
    notebook, notes = read_notebook("sheet.ipynb", content)
    assert len(notebook.cells) == len(cells)
    assert notes == []
    assert price(notebook) < 64 << 20


def test_halves_of_characters_become_question_marks():
    notebook, _ = read_notebook("sheet.ipynb", written(cell_source='x = "\ud800"', **{"notebook_\udfff": 1}))
    assert notebook.cells[0].source == 'x = "?"'
    assert notebook.metadata == {"?": 1}
