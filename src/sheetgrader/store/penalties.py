"""Late penalties as nbgrader's ``AssignLatePenalties`` gives them, with the course's plugin."""

from __future__ import annotations

from typing import Any

from nbgrader.api import SubmittedAssignment, SubmittedNotebook
from nbgrader.converters.autograde import Autograde
from nbgrader.preprocessors import AssignLatePenalties
from traitlets import TraitError
from traitlets.utils.importstring import import_item

from sheetgrader.course.directory import Sheet, importable, nbgrader_log
from sheetgrader.errors import CourseError, GradebookError


class LatePenalties:
    """What being late costs in one course."""

    def __init__(self, sheet: Sheet, autograde: Autograde) -> None:
        """Load the course's plugin.

        Raises:
            CourseError: it cannot be loaded.
        """
        self._plugin: Any = _plugin(sheet, autograde)

    def enter(
        self, session: Any, submission: SubmittedAssignment, notebook: SubmittedNotebook, *, handed_in: bool
    ) -> None:
        """Enter what one notebook's lateness costs by the points it has now, without committing.

        Raises:
            GradebookError: the plugin fails.
        """
        notebook.late_submission_penalty = None
        if handed_in and submission.total_seconds_late > 0:
            session.flush()
            session.expire(notebook, ["score"])
            late = submission.total_seconds_late
            notebook.late_submission_penalty = self.of(submission.student_id, notebook.score, late)

    def of(self, student: str, score: float, seconds_late: float) -> float | None:
        """Return the penalty for one notebook, within nbgrader's bounds: not below 0, not above its score.

        Args:
            student: whose notebook it is.
            score: its points, marks and extra credit included.
            seconds_late: how late it was handed in; more than 0.

        Returns:
            None where the course gives none.

        Raises:
            GradebookError: the plugin fails.
        """
        if self._plugin is None:
            return None
        try:
            penalty = self._plugin.late_submission_penalty(student, score, seconds_late)
            return None if penalty is None else min(max(penalty, 0), score)
        except Exception as error:
            name = type(self._plugin).__name__
            raise GradebookError(
                f"the late-submission plugin {name} failed for {student}: {type(error).__name__}: {error}"
            ) from error


def _plugin(sheet: Sheet, autograde: Autograde) -> Any:
    """Return the course's plugin, or None where the course has late penalties switched off."""
    try:
        with importable(sheet.course.root):
            named = [import_item(kind) if isinstance(kind, str) else kind for kind in autograde.autograde_preprocessors]
            kinds = [kind for kind in named if isinstance(kind, type) and issubclass(kind, AssignLatePenalties)]
            if not kinds:
                return None
            penalties = kinds[0](config=sheet.course.config, log=nbgrader_log)
            penalties.init_plugin()
    except (TraitError, ImportError) as error:
        raise CourseError(
            "nbgrader_config.py: a preprocessor or late-submission plugin cannot be loaded:"
            f" {' '.join(str(error).split())}"
        ) from None
    return penalties.plugin_inst if penalties.enabled else None
