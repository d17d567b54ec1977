"""A changed rubric: what it does to the marks there are, before it is applied to all."""

from __future__ import annotations

from sheetgrader.marking.marking import Marking
from sheetgrader.marking.model import RubricPreview
from sheetgrader.marking.rubrics import Rubric


def preview(marking: Marking, rubric: Rubric) -> RubricPreview:
    """Return what ``rubric`` would do to every group's mark; nothing is written."""
    raise NotImplementedError


def apply(marking: Marking, shown: RubricPreview) -> RubricPreview | None:
    """Let the rubric of a preview rule, and give all marks the points it comes to.

    Returns:
        None where it was applied; the preview as it would be now where marks have changed since, and nothing was
        written.
    """
    raise NotImplementedError
