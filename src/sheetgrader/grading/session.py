"""One passage through a submission's notebooks: what graders look at when a test cell is reached."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from typing import Any

import msgspec
import nbformat
from nbformat import NotebookNode

from sheetgrader.grading.answer_digest import digest_of_files, digests_of_cells
from sheetgrader.grading.clock import SubmissionClock
from sheetgrader.grading.kernel_starts import kernel_starter
from sheetgrader.grading.link import KernelLink, ReferenceFailed, ReferenceLink
from sheetgrader.grading.notebook_run import NotebookRun, cell_name, runs
from sheetgrader.grading.preparation import PreparedNotebook
from sheetgrader.grading.script_fixture import Scripts
from sheetgrader.grading.written_files import wanted_files
from sheetgrader.items import NotebookWork, SourceCell, WorkItem
from sheetgrader.kernels.client import KernelGone
from sheetgrader.kernels.launcher import ZygoteConnection
from sheetgrader.results import CellResult, Outcome


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
            self._runs[key] = NotebookRun(notebook, work.name, start, item.limits, clock, item.sandbox)
        return self._runs[key]

    def close(self) -> None:
        """End all reference kernels."""
        for run in self._runs.values():
            run.close()
        self._runs.clear()


class JudgedNotebook:
    """One notebook of a submission while it is graded."""

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
        ids = [cell.grade_id for cell in self.test_cells()]
        return {self.position_of[grade_id]: grade_id for grade_id in ids if grade_id in self.position_of}

    def test_cells(self) -> list[SourceCell]:
        """Return the instructor's test cells."""
        return [cell for cell in self.work.source_cells if is_test(cell)]

    def or_doubt(self, result: CellResult) -> CellResult:
        """Return ``result``, or leave it to a tutor where it takes points for one of several answers."""
        answer = self.prepared.doubtful.get(result.grade_id)
        if answer is None or result.points is None or result.points >= result.max_points:
            return result
        why = f"The cell {answer} is there more than once, with different answers; a tutor decides which one counts."
        return msgspec.structs.replace(result, points=None, outcome=Outcome.NOT_JUDGED, message=why)

    @cached_property
    def code_digests(self) -> list[bytes]:
        """For each cell a digest of the code that runs up to there."""
        return digests_of_cells(cell.source if runs(cell) else "" for cell in self.content.cells)


class Session:
    """Runs a submission's notebooks from their first cells to their last; what the pytest plugin asks for its
    :class:`~sheetgrader.grading.plugin.Course`.
    """

    def __init__(
        self, item: WorkItem, connection: ZygoteConnection, references: References, clock: SubmissionClock
    ) -> None:
        self._item = item
        self._connection = connection
        self._references = references
        self._clock = clock
        self._current: tuple[JudgedNotebook, str] | None = None
        self.notebooks: list[JudgedNotebook] = []
        #: Test cells below which nothing is run, in any notebook; None for all.
        self.last_cells: frozenset[str] | None = None

    def add(self, work: NotebookWork, prepared: PreparedNotebook) -> None:
        """Add a notebook, prepared to be run."""
        item = self._item
        # A notebook finds itself where it lies, as it was handed in.
        files = {f"{work.name}.ipynb": work.submitted or b"", **item.files}
        start = kernel_starter(self._connection, files, item.sandbox, item.limits, self._clock)
        run = NotebookRun(
            prepared.notebook, work.name, start, item.limits, self._clock, item.sandbox, wanted_files(item)
        )
        link = KernelLink(run, self._clock, value_bytes=item.limits.value_bytes)
        self.notebooks.append(JudgedNotebook(work, prepared, run, link))

    def anew(self, cells: Iterable[str]) -> Session:
        """Return the same once more, as far as these test cells: other kernels, in which nothing has run."""
        wanted = set(cells)
        session = Session(self._item, self._connection, self._references, self._clock)
        for notebook in self.notebooks:
            last = max((position for position, cell in notebook.tests().items() if cell in wanted), default=-1)
            nodes = [_never_run(cell) for cell in notebook.content.cells[: last + 1]]
            shortened = NotebookNode({**notebook.content, "cells": nodes})
            session.add(notebook.work, replace(notebook.prepared, notebook=shortened))
        return session

    def close(self) -> None:
        """End all kernels."""
        if "scripts" in vars(self):
            self.scripts.close()
        for notebook in self.notebooks:
            notebook.run.close()

    # What the pytest plugin asks for.

    def grade(self, judge: Callable[[str], None]) -> None:
        """Run every notebook from its first cell to its last and have each test cell judged when it is reached."""
        for notebook in self.notebooks:
            tests = notebook.tests()
            for position in range(self._end(notebook, tests)):
                with self._clock.stage("run"):
                    notebook.run.run_through(position)
                if position in tests:
                    self._current = notebook, tests[position]
                    judge(tests[position])

    def _end(self, notebook: JudgedNotebook, tests: dict[int, str]) -> int:
        """Return how many cells of a notebook are run."""
        if self.last_cells is None:
            return len(notebook.content.cells)
        return max((position + 1 for position, cell in tests.items() if cell in self.last_cells), default=0)

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

    @cached_property
    def scripts(self) -> Scripts:
        """What graders ask of the group's scripts."""
        return Scripts(self._item, self._connection, self._clock, self._files_digest)

    @property
    def answer_digest(self) -> bytes:
        """A digest of all code that graders can see where the cell stands that is judged now."""
        notebook, cell = self._now()
        return notebook.code_digests[notebook.position_of[cell]] + self._files_digest

    @cached_property
    def _files_digest(self) -> bytes:
        return digest_of_files(self._item.files, self._item.reference_files)

    def outputs_of(self, cell: str) -> str:
        """Return the text that a cell put out."""
        notebook = self._now()[0]
        if cell not in notebook.position_of:
            return ""
        return "\n".join(
            _text_of(output) for output in notebook.content.cells[notebook.position_of[cell]].get("outputs", [])
        )

    def _now(self) -> tuple[JudgedNotebook, str]:
        if self._current is None:
            raise RuntimeError("no cell is judged now")
        return self._current


def is_test(cell: SourceCell) -> bool:
    """Tell whether tests stand in the place of a cell."""
    return cell.grade and not cell.solution and cell.cell_type == "code"


def _never_run(cell: NotebookNode) -> NotebookNode:
    return NotebookNode({**cell, "outputs": [], "execution_count": None}) if cell.cell_type == "code" else cell


def _text_of(output: NotebookNode) -> str:
    if output.output_type == "stream":
        return str(output.text)
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    data: dict[str, Any] = output.get("data", {})
    return str(data.get("text/plain", ""))
