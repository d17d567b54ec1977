"""What is known beforehand about answers of known worth, held against how they were judged."""

from __future__ import annotations

from collections.abc import Sequence

from sheetgrader.audit.answers_to_try import REFERENCE, SKELETON, Answer
from sheetgrader.audit.variant_grading import lost
from sheetgrader.course.directory import Sheet
from sheetgrader.report.words import listed
from sheetgrader.results import CellResult


def unexpected_in(answer: Answer, sheet: Sheet, cells: Sequence[CellResult]) -> str:
    """Return how an answer of known worth was judged otherwise; empty where it was not, or nothing is known of it.

    Args:
        answer: that was judged.
        sheet: whose it is.
        cells: as it was judged.
    """
    automatic = [cell for cell in cells if cell.outcome is not None]
    short = [cell.grade_id for cell in automatic if (cell.points or 0.0) < cell.max_points - 1e-9]
    if answer.kind == REFERENCE and (short := [each for each in short if not _is_ungraded(sheet, each)]):
        return f"The reference solution should get all points, and loses some in {listed(short)}."
    if answer.kind == SKELETON and sheet.grader_files() and (some := [each.grade_id for each in cells if each.points]):
        return f"The empty skeleton should get no points, and gets some in {listed(some)}."
    variant = answer.variant
    if variant is None:
        return ""
    judged = [cell for cell in cells if cell.grade_id in (variant.question, f"{variant.question}_test")]
    fails = frozenset(name for cell in judged for name in lost(cell))
    if variant.loses is None:
        loses_points = fails or any(cell.grade_id in short for cell in judged)
        return "" if loses_points else f"{variant} should lose points, and gets all."
    if fails != variant.loses:
        should, does = (listed(sorted(names)) or "nothing" for names in (variant.loses, fails))
        return f"{variant} should lose {should}, and loses {does}."
    return ""


def _is_ungraded(sheet: Sheet, grade_id: str) -> bool:
    return sheet.regulations is not None and grade_id in sheet.regulations.ungraded_cells
