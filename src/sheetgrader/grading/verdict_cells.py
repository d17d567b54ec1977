"""Verdicts as outputs of the notebook's test cells, from which nbgrader's own tools read points and tutors read
reasons.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from nbformat import NotebookNode

from sheetgrader.kernels.recording import new_output
from sheetgrader.results import CellResult, CriterionResult, Outcome

_MARKS = {Outcome.RIGHT: "✓", Outcome.PARTLY_RIGHT: "◐", Outcome.NOT_JUDGED: "?"}


def show_verdicts(notebook: NotebookNode, cells: Sequence[CellResult]) -> None:
    """Write the verdicts of ``cells`` into the outputs of the test cells that graders judged.

    The points are an ``execute_result``, which nbgrader takes for partial credit, so its own commands see the same
    score.
    """
    judged = {cell.grade_id: cell for cell in cells if cell.criteria}
    for cell in notebook.cells:
        metadata = cell.metadata.get("nbgrader") or {}
        result = judged.get(metadata.get("grade_id", ""))
        if result is None or cell.cell_type != "code":
            continue
        data = {"text/html": _as_html(result), "text/plain": _as_text(result)}
        cell.outputs = [new_output("display_data", data=data)]
        if result.points is not None:
            points = new_output(
                "execute_result", data={"text/plain": repr(result.points)}, execution_count=cell.execution_count
            )
            cell.outputs.append(points)


def mark(criterion: CriterionResult) -> str:
    """Return the sign that stands before a criterion."""
    return "–" if criterion.unmet else _MARKS.get(criterion.outcome, "✗")


def _as_text(result: CellResult) -> str:
    return "\n".join(
        line
        for criterion in result.criteria
        for line in (f"{mark(criterion)} {criterion.rubric}", *(f"    {text}" for text in explanations(criterion)))
    )


def _as_html(result: CellResult) -> str:
    # Lists, since nbgrader's pages show all other tags as text that might structure this.
    rows = "".join(
        f"<li>{mark(criterion)} {html.escape(criterion.rubric)}{_list(explanations(criterion))}</li>"
        for criterion in result.criteria
    )
    return f'<ul style="list-style: none">{rows}</ul>'


def _list(texts: list[str]) -> str:
    return "".join(["<ul>", *(f"<li>{html.escape(text)}</li>" for text in texts), "</ul>"]) if texts else ""


def explanations(criterion: CriterionResult) -> list[str]:
    """Return the sentences that students read below the rubric line of a criterion."""
    if criterion.outcome is Outcome.RIGHT:
        return [text for text in (criterion.why_it_does_not_count, criterion.remark) if text]
    label = "" if criterion.outcome in (Outcome.WRONG, Outcome.PARTLY_RIGHT) else f"[{criterion.outcome.value}] "
    hint = f"Hint: {criterion.hint}" if criterion.hint else ""
    texts = [f"{label}{criterion.message}".strip(), hint, criterion.why_it_does_not_count, criterion.remark]
    return [text for text in texts if text]
