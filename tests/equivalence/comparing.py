"""What two graded submissions must have in common."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
from nbformat import NotebookNode

from sheetgrader.results import SubmissionResult

from .courses import Both, Graded

#: What differs from run to run, or from machine to machine: addresses, processes, folders, clocks, threads.
# What %time prints, whole: it writes small times in several ways.
_VARYING = re.compile(
    r"CPU times: .*|Wall time: .*|0x[0-9a-f]+|ipykernel_\d+|(/[\w.-]+)+/lib/|\d[\d.]*(?:e\+\d+)? ?[nμmµ]?s\b|Thread-\d+"
)


def assert_same_grades(both: Both) -> None:
    """Every cell has the same score, needs a person in the same places and carries the same comment; penalties are the
    same.
    """
    theirs, ours = both.nbgrader.grades, both.sheetgrader.grades
    assert theirs is not None, both.nbgrader.ended.output
    assert both.nbgrader.ended.status == 0, both.nbgrader.ended.output
    assert ours is not None, both.sheetgrader.ended.output
    assert ours.cells == theirs.cells
    assert ours == theirs


def assert_same_outputs(both: Both, name: str, *, hidden: tuple[str, ...] = ()) -> None:
    """The autograded notebooks show the same, but for what cells with hidden tests put out."""
    theirs, ours = both.nbgrader.notebook(name), both.sheetgrader.notebook(name)
    assert ours is not None
    # Without answers it is there all the same, for points to be entered.
    if theirs is not None:
        put_back = tuple(set(_names(ours)) - set(_names(theirs)))
        assert _shown(ours, (*hidden, *put_back)) == _shown(theirs, hidden)


def result_of(graded: Graded) -> SubmissionResult:
    """What sheetgrader found out about a submission."""
    path = Path(graded.folder, "reports", graded.assignment, "results", f"{graded.group}.json")
    return msgspec.json.decode(path.read_bytes(), type=SubmissionResult)


def assert_told(graded: Graded, sentence: str) -> None:
    """The command told a person ``sentence`` about this submission, in the terminal's own line breaks."""
    printed = " ".join(graded.ended.output.split())
    assert " ".join(sentence.split()) in printed
    assert "Traceback" not in printed
    assert "something went wrong" not in printed


def _names(notebook: NotebookNode) -> list[str]:
    return [
        cell.metadata.nbgrader.grade_id for cell in notebook.cells if "grade_id" in cell.metadata.get("nbgrader", {})
    ]


def _shown(notebook: NotebookNode, hidden: tuple[str, ...]) -> list[tuple[str, list[Any]]]:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [
        (grade_id, _outputs(cell))
        for cell in cells
        if (grade_id := cell.metadata.get("nbgrader", {}).get("grade_id", cell.source)) not in hidden
    ]


def _outputs(cell: NotebookNode) -> list[Any]:
    outputs: list[Any] = []
    for output in cell.outputs:
        if output.output_type == "stream":
            text = _VARYING.sub("…", output.text)
            # How a stream is cut into messages depends on the clock.
            if outputs and outputs[-1][:2] == ("stream", output.name):
                text = outputs.pop()[2] + text
            outputs.append(("stream", output.name, text))
        elif output.output_type == "error":
            # What the clock's error says is each one's own affair.
            outputs.append(("error", output.ename, output.evalue if output.ename != "CellTimeoutError" else ""))
        else:
            outputs.append(
                (output.output_type, {kind: _VARYING.sub("…", str(value)) for kind, value in output.data.items()})
            )
    return outputs
