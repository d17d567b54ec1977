"""Grades one submission: the work that a worker process does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Final

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import determine_grade

from sheetgrader.errors import SheetgraderError, SubmissionError
from sheetgrader.graders import sandboxed
from sheetgrader.graders.scoring import points
from sheetgrader.grading.attachments import mend_attachments
from sheetgrader.grading.cells import named
from sheetgrader.grading.clock import SubmissionClock, alarm
from sheetgrader.grading.collection import run_pytest_in
from sheetgrader.grading.drawn import drawn_in
from sheetgrader.grading.hiding import hidden_test_search, hide_tests, remark_on_marks
from sheetgrader.grading.imports import imported_by
from sheetgrader.grading.inert import make_inert
from sheetgrader.grading.notebook_run import OutOfTime
from sheetgrader.grading.plugin import GradingPlugin
from sheetgrader.grading.preparation import prepare, tidy
from sheetgrader.grading.session import JudgedNotebook, References, Session, is_test
from sheetgrader.grading.stability import failed, judged_twice, waiting
from sheetgrader.grading.trial import Trial
from sheetgrader.grading.verdict_cells import show_verdicts
from sheetgrader.grading.written_files import keep_written
from sheetgrader.items import (
    DrawnAxes,
    GradedNotebook,
    GradedSubmission,
    NotebookWork,
    SourceCell,
    WorkItem,
    holds_no_code,
    not_judged,
)
from sheetgrader.kernels.launcher import ZygoteConnection
from sheetgrader.results import CellResult, CriterionResult, Outcome, SubmissionResult, worst

_log: Final = logging.getLogger(__name__)
#: What a submission that has used up its clock has for being written down: far more than one within the limits takes.
_LEAST_SECONDS_AT_THE_END: Final = 60.0
_LOST_TO_STDERR: Final = (
    "No test failed; the points are lost to what was put out on stderr, as warnings are: nbgrader takes that for a"
    " failed test."
)


def grade_submission(
    item: WorkItem, connection: ZygoteConnection, references: References | None = None, trial: Trial | None = None
) -> GradedSubmission:
    """Grade one submission.

    Args:
        item: the submission and everything that judging it needs.
        connection: where sandboxed kernels come from.
        references: kernels of reference solutions that are kept from one submission to the next.
        trial: how the author of the graders looks on; None for grading.

    Raises:
        CourseError: a grader file cannot be read.
        IsolationError: no sandboxed kernel can be had.
    """
    own_references = References(connection) if references is None else references
    try:
        with closing(_Grading(item, connection, own_references, trial)) as grading:
            return grading.graded()
    except SheetgraderError:
        raise
    except OutOfTime:
        return not_judged(
            item, "It takes too long to write down what this submission put out; a tutor will look at it."
        )
    except Exception as error:  # noqa: BLE001  # whatever it is
        # What one submission makes this program stumble over must not cost the others their grades.
        _log.exception("the grading of %s failed", item.group)
        return not_judged(
            item, f"The grading of this submission failed ({type(error).__name__}); a tutor will look at it."
        )
    finally:
        if references is None:
            own_references.close()


class _Grading:
    """The grading of one submission."""

    def __init__(
        self, item: WorkItem, connection: ZygoteConnection, references: References, trial: Trial | None
    ) -> None:
        self._item = item
        self._trial = trial
        self._connection = connection
        self._references = references
        self._clock = SubmissionClock(item.limits.submission_seconds)
        self._notes = list(item.notes)
        self._missing: list[NotebookWork] = []
        self._damaged: dict[str, str] = {}
        self._drawn: tuple[DrawnAxes, ...] = ()
        self._imported: tuple[str, ...] | None = None
        self._written: dict[str, bytes] = {}
        self._session = Session(item, connection, references, self._clock)
        with self._clock.stage("prepare"):
            for work in item.notebooks:
                self._prepare(work)

    def _prepare(self, work: NotebookWork) -> None:
        if work.submitted is None:
            self._missing.append(work)
            self._notes.append(f"{work.name}.ipynb was not handed in.")
            return
        try:
            prepared = prepare(work)
        except SubmissionError as error:
            self._damaged[work.name] = str(error)
            self._notes.append(str(error))
            return
        self._notes.extend(prepared.notes)
        self._session.add(work, prepared)

    def close(self) -> None:
        """End this submission's kernels."""
        self._session.close()

    def graded(self) -> GradedSubmission:
        """Run and judge everything, and return the result."""
        try:
            criteria = self._judge()
        except SubmissionError as error:
            # Its files do not fit into a sandbox; nothing of it has run.
            criteria = {}
            self._damaged.update({notebook.work.name: str(error) for notebook in self._notebooks})
            self._notes.append(str(error))
        # What was put out and handed in is looked through once more, when the submission may have used up its clock.
        with alarm(max(self._clock.left(), _LEAST_SECONDS_AT_THE_END), OutOfTime()):
            return self._finished(criteria)

    def _finished(self, criteria: dict[str, tuple[CriterionResult, ...]]) -> GradedSubmission:
        for notebook in self._notebooks:
            tidy(notebook.content, notebook.work)
            self._notes += make_inert(notebook.content, notebook.work.source_cells)
            self._notes += mend_attachments(notebook.content)
        cells = tuple(
            self._cell_result(notebook, cell, criteria)
            for notebook in self._item.notebooks
            for cell in _graded_cells(notebook)
        )
        for notebook in self._notebooks:
            show_verdicts(notebook.content, [cell for cell in cells if cell.notebook == notebook.work.name])
            self._notes += remark_on_marks(notebook.content, notebook.work.source_cells, self._item.marks)
            repeated = hide_tests(
                notebook.content,
                notebook.work.source_cells,
                self._item.hidden_test_delimiters,
                keeps=self._item.keeps_hidden_tests,
            )
            if repeated:
                self._notes.append(f"The outputs of {named(repeated)} repeated hidden tests and were taken out.")
        result = SubmissionResult(
            sheet=self._item.sheet,
            group=self._item.group,
            cells=cells,
            runs=tuple(run for notebook in self._notebooks for run in notebook.run.runs),
            notes=tuple(self._notes),
            error=" ".join(self._damaged.values()),
            isolation=self._item.isolation,
            digest=self._item.digest,
            conditions=self._item.conditions,
            handed_in=self._item.handed_in,
            stages=self._clock.stages(),
        )
        written = tuple(
            GradedNotebook(
                name=notebook.work.name, content=nbformat.writes(notebook.content).encode("utf-8", "replace")
            )
            for notebook in self._notebooks
        )
        return GradedSubmission(
            result=result, notebooks=written, drawn=self._drawn, imported=self._imported, written=self._written
        )

    def _judge(self) -> dict[str, tuple[CriterionResult, ...]]:
        """Run the notebooks, with pytest around them where the sheet has graders, and return the verdicts by cell."""
        if not self._item.graders or not self._notebooks:
            with self._clock.stage("run"):
                self._session.grade(lambda _: None)
                self._look_into_kernels()
            return {}
        if self._trial is not None:
            self._session.last_cells = self._trial.cells
            return self._judged_by(self._session, self._trial.criteria).results
        first = self._judged_by(self._session)
        with self._clock.stage("run"):
            self._look_into_kernels()
        doubted = first.names() if self._item.twice else failed(first.results, first.trainings())
        return self._judged_twice(first, doubted) if doubted else first.results

    def _look_into_kernels(self) -> None:
        """Keep what the kernels still know when everything has run."""
        self._drawn = tuple(axes for notebook in self._notebooks for axes in drawn_in(notebook))
        if self._item.tells_imports:
            self._imported = imported_by(self._notebooks)
        cells = [cell for work in self._item.notebooks for cell in work.source_cells]
        contents = [notebook.content for notebook in self._notebooks]
        self._written, remarks = keep_written(
            [notebook.run.written() for notebook in self._notebooks],
            self._item.files,
            hidden_test_search(cells, self._item.hidden_test_delimiters, contents),
            self._item.limits,
        )
        self._notes += remarks

    def _judged_twice(self, first: GradingPlugin, doubted: frozenset[str]) -> dict[str, tuple[CriterionResult, ...]]:
        """Judge criteria once more in fresh kernels, and return what both judgements come to."""
        self._session.close()
        cells = [cell for cell, verdicts in first.results.items() if any(each.name in doubted for each in verdicts)]
        # Others of the same question may have drawn what they share.
        again = doubted.union(*(first.trainings()[cell] for cell in cells))
        with closing(self._session.anew(cells)) as session:
            second = self._judged_by(session, again) if self._clock.left() > 0 else None
        if second is None or self._clock.left() <= 0:
            # What fails for want of time says nothing about the answer.
            self._notes.append("There was no time to judge this submission a second time; the first judgement counts.")
            return first.results
        return judged_twice(first.results, second.results, doubted)

    def _judged_by(self, session: Session, only: frozenset[str] | None = None) -> GradingPlugin:
        """Return the plugin that has judged all criteria, or those that are named."""
        plugin = GradingPlugin(
            session,
            cells=[cell.grade_id for notebook in self._notebooks for cell in notebook.test_cells()],
            secret=self._item.secret,
            submission=f"{self._item.sheet}\0{self._item.group}",
            call_seconds=self._item.limits.call_seconds,
            question_seconds=self._item.limits.question_seconds,
            only=only,
            by_themselves=self._trial is not None and only is not None,
        )
        runs_pytest = run_pytest_in(self._item.graders) if self._trial is None else self._trial.run_pytest()
        with self._clock.stage("judge"), runs_pytest as run_pytest:
            run_pytest(plugin)
        if plugin.failure is not None:
            raise plugin.failure
        return plugin

    @property
    def _notebooks(self) -> Sequence[JudgedNotebook]:
        return self._session.notebooks

    # Results.

    def _cell_result(
        self, work: NotebookWork, cell: SourceCell, criteria: dict[str, tuple[CriterionResult, ...]]
    ) -> CellResult:
        most = cell.max_points or 0.0

        def result(
            earned: float | None, outcome: Outcome | None, message: str = "", verdicts: tuple[CriterionResult, ...] = ()
        ) -> CellResult:
            return CellResult(
                notebook=work.name,
                grade_id=cell.grade_id,
                max_points=most,
                points=earned,
                outcome=outcome,
                criteria=verdicts,
                message=message,
            )

        if work in self._missing:
            return result(0.0, Outcome.WRONG, "The notebook was not handed in.")
        if work.name in self._damaged:
            return result(None, Outcome.NOT_JUDGED, self._damaged[work.name])
        verdicts = criteria.get(cell.grade_id, ())
        notebook = next(notebook for notebook in self._notebooks if notebook.work is work)
        if verdicts:
            outcome = worst(verdict.outcome for verdict in verdicts if not verdict.unmet)
            return notebook.or_doubt(waiting(result(points(most, verdicts), outcome, verdicts=verdicts)))
        if cell.grade_id in notebook.prepared.put_back:
            return result(None, Outcome.NOT_JUDGED, "The cell was missing from the notebook.")
        if cell.task or (is_test(cell) and self._item.graders and holds_no_code(cell.source)):
            return result(None, None, "A tutor marks this.")
        return notebook.or_doubt(self._graded_in_kernel(notebook, cell, result))

    def _graded_in_kernel(
        self, notebook: JudgedNotebook, cell: SourceCell, result: Callable[..., CellResult]
    ) -> CellResult:
        """Grade a cell by its own outputs, as nbgrader does."""
        node = notebook.content.cells[notebook.position_of[cell.grade_id]]
        try:
            earned, most = determine_grade(node)
        except (ValueError, KeyError, TypeError) as error:
            return result(None, Outcome.NOT_JUDGED, f"The cell's partial credit cannot be read: {error}.")
        if earned is None:
            return result(None, None, "A tutor marks this.")
        if cell.solution:
            # What nbgrader says of it, and so what its formgrader shows.
            return result(float(earned), Outcome.WRONG, "No response.")
        outcome = Outcome.RIGHT if earned >= most else Outcome.PARTLY_RIGHT if earned > 0 else Outcome.WRONG
        run = next((run for run in notebook.run.runs if run.cell == cell.grade_id), None)
        if run is not None and run.outcome not in (Outcome.RIGHT, Outcome.RAISED):
            return result(float(earned), run.outcome, run.message)
        if run is not None and sandboxed.WITHOUT_NETWORK in run.message:
            return result(float(earned), outcome, run.message)
        return result(float(earned), outcome, _LOST_TO_STDERR if earned < most and _fails_by_stderr(node) else "")


def _fails_by_stderr(cell: NotebookNode) -> bool:
    """Tell whether nothing but text on stderr is why nbgrader takes a cell's tests for failed."""
    kinds = [output.get("name", output.output_type) for output in cell.outputs]
    before = kinds[: kinds.index("stderr")] if "stderr" in kinds else kinds
    return "stderr" in kinds and "error" not in kinds and "execute_result" not in before


def _graded_cells(work: NotebookWork) -> list[SourceCell]:
    return [cell for cell in work.source_cells if cell.grade or cell.task]
