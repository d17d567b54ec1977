"""Submissions made from a few lines of code, and their grading in a real sandbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import nbformat
import pytest
from nbgrader.utils import compute_checksum

from sheetgrader.grading.work import GradedSubmission, GradingLimits, NotebookWork, SourceCell, WorkItem
from sheetgrader.grading.worker import grade_submission
from sheetgrader.kernel.launcher import ZygoteConnection
from sheetgrader.kernel.sandbox import SandboxLimits

Cells = Sequence[tuple[str, str]]


def _node(grade_id: str, source: str) -> nbformat.NotebookNode:
    """Make a cell: ``…_test`` is worth a point, ``…_code`` is a solution, ``…_text`` is marked by hand, anything else is plain code."""
    kind = grade_id.rsplit("_", 1)[-1]
    if kind not in ("test", "code", "text"):
        return nbformat.v4.new_code_cell(source, id=grade_id)
    metadata: dict[str, Any] = {
        "grade": kind != "code",
        "grade_id": grade_id,
        "locked": kind == "test",
        "solution": kind != "test",
        "task": False,
        "schema_version": 3,
    }
    if metadata["grade"]:
        metadata["points"] = 1.0
    make = nbformat.v4.new_markdown_cell if kind == "text" else nbformat.v4.new_code_cell
    return make(source, id=grade_id, metadata={"nbgrader": metadata})


def _source_cell(node: nbformat.NotebookNode) -> SourceCell:
    metadata = node.metadata.nbgrader
    return SourceCell(
        grade_id=metadata.grade_id,
        cell_type=node.cell_type,
        source=node.source,
        locked=metadata.locked,
        grade=metadata.grade,
        solution=metadata.solution,
        task=False,
        max_points=metadata.get("points"),
        checksum=compute_checksum(node),
    )


@pytest.fixture
def make_item() -> Callable[..., WorkItem]:
    """Make the work item of one submission from ``(grade id, code)`` pairs and one grader file."""

    def make(
        cells: Cells,
        graders: str = "",
        *,
        reference: Cells | None = None,
        files: Mapping[str, bytes] | None = None,
        group: str = "group",
        secret: bytes = b"secret",
        memory_bytes: int = 1 << 30,
        **limits: float,
    ) -> WorkItem:
        nodes = [_node(*cell) for cell in cells]
        notebook = nbformat.v4.new_notebook(cells=nodes)
        source_cells = tuple(_source_cell(node) for node in nodes if "nbgrader" in node.metadata)
        solution = None if reference is None else nbformat.writes(nbformat.v4.new_notebook(cells=[_node(*cell) for cell in reference])).encode()
        work = NotebookWork(
            name="sheet", submitted=nbformat.writes(notebook).encode(), source_cells=source_cells, kernelspec=None, reference=solution
        )
        return WorkItem(
            sheet="sheet",
            group=group,
            notebooks=(work,),
            files=dict(files or {}),
            reference_files={},
            graders={"test_graded.py": graders.encode()} if graders else {},
            secret=secret,
            digest="digest",
            limits=GradingLimits(**{"cell_seconds": 5.0, "call_seconds": 3.0, "question_seconds": 20.0, "submission_seconds": 60.0, **limits}),
            sandbox=SandboxLimits(memory_bytes=memory_bytes),
            isolation="sandbox",
        )

    return make


@pytest.fixture
def grade(make_item: Callable[..., WorkItem], connection: ZygoteConnection) -> Callable[..., GradedSubmission]:
    """Grade a submission made by ``make_item`` in a sandboxed kernel."""

    def run(*arguments: Any, **keywords: Any) -> GradedSubmission:
        return grade_submission(make_item(*arguments, **keywords), connection)

    return run
