"""Grades one submission: the work that a worker process does."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from contextlib import closing
from typing import Any, Final

import msgspec
import nbformat
from nbformat import NotebookNode
from nbgrader.utils import determine_grade

from sheetgrader.errors import SheetgraderError, SubmissionError
from sheetgrader.graders.scoring import points
from sheetgrader.grading.attachments import mend_attachments
from sheetgrader.grading.cells import named
from sheetgrader.grading.clock import SubmissionClock, alarm
from sheetgrader.grading.collection import run_pytest_in
from sheetgrader.grading.hiding import hide_tests, remark_on_marks
from sheetgrader.grading.inert import make_inert
from sheetgrader.grading.kernel_starts import kernel_starter
from sheetgrader.grading.link import KernelLink, ReferenceFailed, ReferenceLink
from sheetgrader.grading.notebook_run import NotebookRun, OutOfTime, cell_name
from sheetgrader.grading.plugin import GradingPlugin
from sheetgrader.grading.preparation import PreparedNotebook, prepare, tidy
from sheetgrader.grading.script_fixture import Scripts
from sheetgrader.grading.verdict_cells import show_verdicts
from sheetgrader.items import (
    GradedNotebook,
    GradedSubmission,
    NotebookWork,
    SourceCell,
    WorkItem,
    holds_no_code,
    not_judged,
)
from sheetgrader.kernels.client import KernelGone
from sheetgrader.kernels.launcher import ZygoteConnection
from sheetgrader.results import CellResult, CriterionResult, Outcome, SubmissionResult, worst

_log: Final = logging.getLogger(__name__)
#: What a submission that has used up its clock has for being written down: far more than one within the limits takes.
_LEAST_SECONDS_AT_THE_END: Final = 60.0


def grade_submission(
    item: WorkItem, connection: ZygoteConnection, references: References | None = None
) -> GradedSubmission:
    """Grade one submission.

    Args:
        item: the submission and everything that judging it needs.
        connection: where sandboxed kernels come from.
        references: kernels of reference solutions that are kept from one submission to the next.

    Raises:
        CourseError: a grader file cannot be read.
        IsolationError: no sandboxed kernel can be had.
    """
    own_references = References(connection) if references is None else references
    try:
        with closing(_Grading(item, connection, own_references)) as grading:
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


class References:
    """Kernels of reference solutions, kept for as long as a worker grades the same sheet."""

    def __init__(self, connection: ZygoteConnection) -> None:
        self._connection = connection
        self._runs: dict[tuple[str, bytes], NotebookRun] = {}

    def run_for(self, item: WorkItem, work: NotebookWork) -> NotebookRun:
        """Return the run of a notebook's reference solution, which goes on from where it stands."""
        if work.reference is None:
            raise ReferenceFailed(f"the sheet {item.sheet} has no reference solution for {work.name}.ipynb")
        key = (work.name, work.reference)
        if key not in self._runs:
            notebook = nbformat.reads(work.reference.decode("utf-8"), as_version=4)
            # It outlives the submission that needs it first, and that one's clock.
            clock = SubmissionClock(math.inf)
            start = kernel_starter(self._connection, item.reference_files, item.sandbox, item.limits, clock)
            self._runs[key] = NotebookRun(notebook, work.name, start, item.limits, clock)
        return self._runs[key]

    def close(self) -> None:
        """End all reference kernels."""
        for run in self._runs.values():
            run.close()
        self._runs.clear()


class _Notebook:
    """One notebook of the submission while it is graded."""

    def __init__(self, work: NotebookWork, prepared: PreparedNotebook, run: NotebookRun, link: KernelLink) -> None:
        self.work = work
        self.prepared = prepared
        self.content = prepared.notebook
        self.run = run
        self.link = link
        self.position_of = {
            cell.metadata.nbgrader["grade_id"]: position
            for position, cell in enumerate(self.content.cells)
            if "nbgrader" in cell.metadata and cell.metadata.nbgrader.get("grade_id")
        }

    def tests(self) -> dict[int, str]:
        """Return the grade ids of the test cells by their positions."""
        ids = [cell.grade_id for cell in _test_cells(self.work)]
        return {self.position_of[grade_id]: grade_id for grade_id in ids if grade_id in self.position_of}

    def or_doubt(self, result: CellResult) -> CellResult:
        """Return ``result``, or leave it to a tutor where it takes points for one of several answers."""
        answer = self.prepared.doubtful.get(result.grade_id)
        if answer is None or result.points is None or result.points >= result.max_points:
            return result
        why = f"The cell {answer} is there more than once, with different answers; a tutor decides which one counts."
        return msgspec.structs.replace(result, points=None, outcome=Outcome.NOT_JUDGED, message=why)


class _Grading:
    """The grading of one submission; what the pytest plugin asks for its
    :class:`~sheetgrader.grading.plugin.Course`.
    """

    def __init__(self, item: WorkItem, connection: ZygoteConnection, references: References) -> None:
        self._item = item
        self._references = references
        self._clock = SubmissionClock(item.limits.submission_seconds)
        self._notes = list(item.notes)
        self._missing: list[NotebookWork] = []
        self._damaged: dict[str, str] = {}
        self._notebooks: list[_Notebook] = []
        self._current: tuple[_Notebook, str] | None = None
        #: What graders ask of the group's scripts.
        self.scripts = Scripts(item, connection, self._clock)
        with self._clock.stage("prepare"):
            for work in item.notebooks:
                self._prepare(work, connection)

    def _prepare(self, work: NotebookWork, connection: ZygoteConnection) -> None:
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
        start = kernel_starter(connection, self._item.files, self._item.sandbox, self._item.limits, self._clock)
        run = NotebookRun(prepared.notebook, work.name, start, self._item.limits, self._clock)
        link = KernelLink(run, self._clock, value_bytes=self._item.limits.value_bytes)
        self._notebooks.append(_Notebook(work, prepared, run, link))

    def close(self) -> None:
        """End this submission's kernels."""
        self.scripts.close()
        for notebook in self._notebooks:
            notebook.run.close()

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
            repeated = hide_tests(notebook.content, notebook.work.source_cells, self._item.hidden_test_delimiters)
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
            handed_in=self._item.handed_in,
            stages=self._clock.stages(),
        )
        written = tuple(
            GradedNotebook(
                name=notebook.work.name, content=nbformat.writes(notebook.content).encode("utf-8", "replace")
            )
            for notebook in self._notebooks
        )
        return GradedSubmission(result=result, notebooks=written)

    def _judge(self) -> dict[str, tuple[CriterionResult, ...]]:
        """Run the notebooks, with pytest around them where the sheet has graders, and return the verdicts by cell."""
        if not self._item.graders or not self._notebooks:
            with self._clock.stage("run"):
                self.grade(lambda _: None)
            return {}
        cells = [cell.grade_id for notebook in self._notebooks for cell in _test_cells(notebook.work)]
        plugin = GradingPlugin(
            self,
            cells=cells,
            secret=self._item.secret,
            submission=f"{self._item.sheet}\0{self._item.group}",
            call_seconds=self._item.limits.call_seconds,
            question_seconds=self._item.limits.question_seconds,
        )
        with self._clock.stage("judge"), run_pytest_in(self._item.graders) as run_pytest:
            run_pytest(plugin)
        if plugin.failure is not None:
            raise plugin.failure
        return {cell: plugin.criteria_of(cell) for cell in cells}

    # What the pytest plugin asks for.

    def grade(self, judge: Callable[[str], None]) -> None:
        """Run every notebook from its first cell to its last and have each test cell judged when it is reached."""
        for notebook in self._notebooks:
            tests = notebook.tests()
            for position in range(len(notebook.content.cells)):
                with self._clock.stage("run"):
                    notebook.run.run_through(position)
                if position in tests:
                    self._current = notebook, tests[position]
                    judge(tests[position])

    @property
    def student_link(self) -> KernelLink:
        """The way into the kernel of the notebook that is judged now."""
        return self._now()[0].link

    @property
    def reference_link(self) -> KernelLink:
        """The way into the reference solution's kernel, run up to the cell that is judged now."""
        notebook, cell = self._now()
        run = self._references.run_for(self._item, notebook.work)
        position = next(
            (
                position
                for position, candidate in enumerate(run.notebook.cells)
                if cell_name(candidate, position) == cell
            ),
            len(run.notebook.cells),
        )
        try:
            run.run_before(position)
        except KernelGone as gone:
            raise ReferenceFailed(f"the reference solution's kernel ended: {gone.reason}") from None
        return ReferenceLink(
            run, SubmissionClock(self._item.limits.submission_seconds), value_bytes=self._item.limits.value_bytes
        )

    def outputs_of(self, cell: str) -> str:
        """Return the text that a cell put out."""
        notebook = self._now()[0]
        if cell not in notebook.position_of:
            return ""
        return "\n".join(
            _text_of(output) for output in notebook.content.cells[notebook.position_of[cell]].get("outputs", [])
        )

    def _now(self) -> tuple[_Notebook, str]:
        if self._current is None:
            raise RuntimeError("no cell is judged now")
        return self._current

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
            return notebook.or_doubt(result(points(most, verdicts), outcome, verdicts=verdicts))
        if cell.grade_id in notebook.prepared.put_back:
            return result(None, Outcome.NOT_JUDGED, "The cell was missing from the notebook.")
        if cell.task or (_is_test(cell) and self._item.graders and holds_no_code(cell.source)):
            return result(None, None, "A tutor marks this.")
        return notebook.or_doubt(self._graded_in_kernel(notebook, cell, result))

    def _graded_in_kernel(self, notebook: _Notebook, cell: SourceCell, result: Callable[..., CellResult]) -> CellResult:
        """Grade a cell by its own outputs, as nbgrader does."""
        node = notebook.content.cells[notebook.position_of[cell.grade_id]]
        try:
            earned, most = determine_grade(node)
        except (ValueError, KeyError, TypeError) as error:
            return result(None, Outcome.NOT_JUDGED, f"The cell's partial credit cannot be read: {error}.")
        if earned is None:
            return result(None, None, "A tutor marks this.")
        if cell.solution:
            return result(float(earned), Outcome.WRONG, "No response.")
        outcome = Outcome.RIGHT if earned >= most else Outcome.PARTLY_RIGHT if earned > 0 else Outcome.WRONG
        run = next((run for run in notebook.run.runs if run.cell == cell.grade_id), None)
        if run is not None and run.outcome not in (Outcome.RIGHT, Outcome.RAISED):
            return result(float(earned), run.outcome, run.message)
        return result(float(earned), outcome)


def _graded_cells(work: NotebookWork) -> list[SourceCell]:
    return [cell for cell in work.source_cells if cell.grade or cell.task]


def _is_test(cell: SourceCell) -> bool:
    return cell.grade and not cell.solution and cell.cell_type == "code"


def _test_cells(work: NotebookWork) -> list[SourceCell]:
    return [cell for cell in work.source_cells if _is_test(cell)]


def _text_of(output: NotebookNode) -> str:
    if output.output_type == "stream":
        return str(output.text)
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    data: dict[str, Any] = output.get("data", {})
    return str(data.get("text/plain", ""))
