"""What the tests of all sheets hold results to."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sheetgrader.audit.variant_grading import cell_of, lost
from sheetgrader.audit.variants import Variant
from sheetgrader.results import CellResult, Outcome, SubmissionResult

from .sheets import Question


def assert_graded_as_stated(variant: Variant, result: SubmissionResult) -> None:
    """Check that a right variant gets all points, and a wrong one loses exactly what it states."""
    cell = cell_of(result, f"{variant.question}_test")
    failed = lost(cell)
    told = "\n".join(f"{name}: {text}" for name, text in failed.items())
    assert cell.points is not None, f"{variant} was not judged\n{told}"
    if variant.is_right:
        assert cell.points == cell.max_points, f"{variant} gets {cell.points} of {cell.max_points} points\n{told}"
        return
    assert cell.points < cell.max_points, f"{variant} gets all points"
    if variant.loses is not None:
        assert set(failed) == variant.loses, (
            f"{variant} loses {sorted(failed)}, but states {sorted(variant.loses)}\n{told}"
        )


def assert_all_points(result: SubmissionResult, questions: Iterable[Question]) -> None:
    for question in questions:
        cell = cell_of(result, question.test)
        assert cell.points == cell.max_points, (question.name, lost(cell))


def assert_only_these_lose(result: SubmissionResult, losing: Collection[str], questions: Iterable[Question]) -> None:
    """Check that of ``questions`` those named in ``losing`` lose points, and no others."""
    for question in questions:
        cell = cell_of(result, question.test)
        assert cell.points is not None, question.name
        assert (cell.points < cell.max_points) == (question.name in losing), (question.name, lost(cell))


def assert_judged_in_words(cells: Iterable[CellResult]) -> None:
    """Check that no point is lost by a failure of the graders, and that a student is told why each is lost."""
    for cell in cells:
        for criterion in cell.criteria:
            assert criterion.outcome is not Outcome.NOT_JUDGED, (criterion.name, criterion.detail)
            if criterion.fraction == 1:
                continue
            if criterion.unmet:
                assert criterion.why_it_does_not_count.endswith("."), criterion
                continue
            told = (criterion.name, criterion.message)
            assert len(criterion.message) > 20, told
            # What raised is told in the exception's own words.
            in_its_words = criterion.outcome in (Outcome.RAISED, Outcome.OUT_OF_MEMORY)
            assert in_its_words or criterion.message.endswith((".", "?")), told
            for word in ("Traceback", "sheetgrader", "grader_tests", "StudentError"):
                assert word not in criterion.message, told


def assert_at_most(share: float, cells: Iterable[CellResult]) -> None:
    """Check that no cell gets more than this share of its points."""
    for cell in cells:
        earned = [criterion.name for criterion in cell.criteria if criterion.fraction]
        assert cell.points is not None, (cell.grade_id, cell.message)
        assert cell.points <= share * cell.max_points, (cell.grade_id, cell.points, earned)
