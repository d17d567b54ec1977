"""nbgrader's own pages, made by the exporter as this course configures it."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from sheetgrader.course.directory import Course

_EVIL = "<script>attack()</script><iframe src='javascript:attack()'></iframe><img src=x onerror=attack()>"


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
def test_students_outputs_are_shown_without_scripts() -> None:
    outputs = [
        new_output("display_data", data={kind: _EVIL})
        for kind in ("text/html", "application/javascript", "image/svg+xml", "text/markdown")
    ]
    notebook = new_notebook(cells=[new_markdown_cell(_EVIL), new_code_cell("", outputs=outputs)])
    exporter = HTMLExporter(config=Course.load(Path(__file__).parents[2]).config)
    # The formgrader's template extends this one.
    exporter.template_name = "classic"
    page, _ = exporter.from_notebook_node(notebook)
    assert "<script>attack" not in page
    assert "<iframe" not in page
    assert "<img src=x onerror" not in page
    assert "<img onerror" not in page
