"""Runs one notebook's cells in order, in a kernel that is replaced when it dies."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any, Final, Protocol

from nbformat import NotebookNode

from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.boundary.untrusted_json import price
from sheetgrader.graders.failures import raised
from sheetgrader.graders.sandboxed import WantedNetwork
from sheetgrader.grading.cells import ERRORS_OF_STOPPED_CELLS
from sheetgrader.grading.written_files import folder_limits
from sheetgrader.items import GradingLimits
from sheetgrader.kernels.client import Execution, KernelClient, KernelGone
from sheetgrader.kernels.recording import new_output
from sheetgrader.results import CellRun, Outcome
from sheetgrader.sandbox.limits import SandboxLimits
from sheetgrader.sandbox.work_folder import FolderContent

#: nbclient leaves cells with this tag alone.
_SKIP_TAG: Final = "skip-execution"
#: What PyTorch says where processes share more than they may.
_SHARED: Final = re.compile(r"shared memory|Bus error")


class Clock(Protocol):
    """Where the seconds of a submission go."""

    def spend(self, stage: str, seconds: float) -> None:
        """Book ``seconds`` on ``stage``."""

    def left(self) -> float:
        """Return the seconds that the submission still has."""


class OutOfTime(Exception):
    """The submission has used up all its time."""


class NotebookRun:
    """One notebook on its way through a kernel.

    A cell that hangs, dies or takes too much is an offender: it is left out when a fresh kernel re-runs the cells
    before the one that is due.
    """

    def __init__(
        self,
        notebook: NotebookNode,
        name: str,
        start: Callable[[], KernelClient],
        limits: GradingLimits,
        clock: Clock,
        sandbox: SandboxLimits | None = None,
        keeps: Callable[[PurePosixPath], bool] | None = None,
    ) -> None:
        self.notebook = notebook
        self.name = name
        self._start = start
        self._limits = limits
        self._clock = clock
        self._sandbox = sandbox or SandboxLimits()
        self._keeps = keeps
        self._written = FolderContent()
        self._client: KernelClient | None = None
        self._position = 0
        self._offenders: set[int] = set()
        #: What the outputs that are still to come may cost together.
        self._output_bytes_left = limits.notebook_output_bytes
        #: Whether graders have asked the kernel for something since the last cell ran.
        self.was_asked = False
        #: Counts the kernels; handles of an earlier one are worthless.
        self.generation = 0
        self.wanted_network = WantedNetwork()
        self.runs: list[CellRun] = []

    def run_before(self, position: int) -> None:
        """Run the cells up to, not including, ``position`` that have not run yet."""
        while self._position < position:
            self._run_next()

    def run_through(self, position: int) -> None:
        """Run the cells up to and including ``position``."""
        self.run_before(position + 1)

    def client(self) -> KernelClient:
        """Return the client of a living kernel in which every cell before the current position has run.

        Raises:
            OutOfTime: the submission has used up all its time.
            KernelGone: three kernels in a row died while cells were run again.
        """
        attempts = 3
        while self._client is None:
            client = self._start()
            self.generation += 1
            self._client = client
            try:
                self._replay(client)
            except KernelGone as gone:
                self.lose_kernel()
                attempts -= 1
                if not attempts:
                    raise gone from None
        return self._client

    @property
    def submission_seconds(self) -> float:
        """What the whole submission may take."""
        return self._limits.submission_seconds

    def limit_in_words(self, outcome: Outcome, said: str) -> str:
        """Return the limit that an outcome is about, to be put behind a sentence; nothing where it is about none.

        Args:
            outcome: what became of a cell or a call.
            said: the text of the error.
        """
        sandbox = self._sandbox
        limit = {
            Outcome.OUT_OF_MEMORY: (
                f"{sandbox.shared_memory_bytes >> 20} MiB that processes share"
                if _SHARED.search(said)
                else f"{sandbox.memory_bytes >> 20} MiB of memory"
            ),
            Outcome.OUT_OF_PROCESSES: f"{sandbox.processes} processes and threads",
            Outcome.OUT_OF_DISK: f"{sandbox.disk_bytes >> 20} MiB of files, {sandbox.file_bytes >> 20} MiB in one",
        }.get(outcome)
        return f" (the limit is {limit})" if limit else ""

    @property
    def has_kernel(self) -> bool:
        """Whether a kernel is there, without one being started."""
        return self._client is not None

    @property
    def is_disk_full(self) -> bool:
        """Whether a folder that the kernel may write to is full."""
        return self._client is not None and self._client.is_disk_full

    def lose_kernel(self) -> None:
        """Let go of a kernel that has ended; the next one starts when it is needed."""
        self._read_written()
        self.close()

    def close(self) -> None:
        """End the kernel."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def written(self) -> FolderContent:
        """Return the files that the cells have added to the work folder of their kernel; where it has ended, those
        that were there in the end.
        """
        self._read_written()
        return self._written

    def _read_written(self) -> None:
        if self._client is not None and self._keeps is not None:
            self._written = self._client.written(folder_limits(self._limits), self._keeps)

    def _let_go_if_silent(self) -> None:
        """Let go of a kernel that has stopped answering: what graders called may have broken it, and the cell that
        comes next is not to blame.
        """
        if self._client is None:
            return
        seconds = max(0.1, min(self._limits.call_seconds, self._clock.left()))
        try:
            answer, _ = self._client.probe({"operation": "ping"}, (), seconds=seconds)
        except KernelGone:
            self.lose_kernel()
            return
        if answer.get("status") == "interrupted":
            self.lose_kernel()

    def _replay(self, client: KernelClient) -> None:
        for position in range(self._position):
            cell = self.notebook.cells[position]
            if position in self._offenders or not runs(cell):
                continue
            try:
                # What it puts out this time is not kept.
                execution = self._execute(client, cell, position, output_bytes=0)
            except KernelGone:
                self._offenders.add(position)
                raise
            if execution.timed_out:
                self._offenders.add(position)

    def _run_next(self) -> None:
        position = self._position
        cell = self.notebook.cells[position]
        if not runs(cell):
            self._position += 1
            return
        name = cell_name(cell, position)
        if self.was_asked:
            self.was_asked = False
            self._let_go_if_silent()
        try:
            client = self.client()
            self._position += 1
            execution = self._execute(client, cell, position, output_bytes=self._output_room())
        except OutOfTime:
            self._position = position + 1
            why = f"it was not run: the submission had used up its {self.submission_seconds:g} s"
            self._record(cell, name, Outcome.TIMED_OUT, why, 0.0)
            return
        except KernelGone as gone:
            self._position = position + 1
            self._offenders.add(position)
            self._keep_outputs(cell, gone.outputs)
            self._record(cell, name, gone.outcome, gone.reason, 0.0)
            self.lose_kernel()
            return
        printed = [output.text for output in execution.outputs if output.output_type == "stream"]
        without = self.wanted_network.by_cell(name, cell.source, execution.error, printed)
        remark = [new_output("stream", name="stdout", text=f"[{without}]\n")] if without else []
        self._keep_outputs(cell, [*execution.outputs, *remark])
        cell.execution_count = execution.execution_count
        if execution.timed_out:
            self._offenders.add(position)
            self._record(
                cell,
                name,
                Outcome.TIMED_OUT,
                self._why_stopped(execution.seconds),
                execution.seconds,
            )
        elif execution.error is not None:
            ename, evalue = execution.error
            _keep_error(cell, ename, evalue)
            outcome = raised(ename, evalue, is_disk_full=self.is_disk_full).outcome
            said = plain_text(f"{ename}: {evalue}") + self.limit_in_words(outcome, evalue) + in_brackets(without)
            self._book(name, outcome, said, execution.seconds)
        else:
            self._book(name, Outcome.RIGHT, without, execution.seconds)

    def _why_stopped(self, seconds: float) -> str:
        limits = self._limits
        if seconds >= limits.cell_seconds or self._clock.left() > 0:
            return f"it was stopped after {limits.cell_seconds:g} s, the limit for one cell"
        return f"it was stopped when the submission had used up its {limits.submission_seconds:g} s"

    def _output_room(self) -> int:
        """Return what the outputs of the current cell may cost; half of all is kept for the cells that follow, in equal
        parts, so that no cell's plots cost another's.
        """
        cells = self.notebook.cells
        share = self._limits.notebook_output_bytes // (2 * len(cells))
        kept_for_others = share * sum(runs(cell) for cell in cells[self._position :])
        return min(self._limits.output_bytes, max(0, self._output_bytes_left - kept_for_others))

    def _keep_outputs(self, cell: NotebookNode, outputs: list[NotebookNode]) -> None:
        cell.outputs = outputs
        self._output_bytes_left -= price(outputs, self._output_bytes_left)

    def _execute(self, client: KernelClient, cell: NotebookNode, position: int, *, output_bytes: int) -> Execution:
        seconds = min(self._limits.cell_seconds, self._clock.left())
        if seconds <= 0:
            raise OutOfTime
        start = time.monotonic()
        try:
            execution = client.execute(
                cell.source, cell=cell_name(cell, position), seconds=seconds, output_bytes=output_bytes
            )
        except KernelGone:
            self._clock.spend("student", time.monotonic() - start)
            raise
        self._clock.spend("student", execution.kernel_seconds)
        return execution

    def _record(self, cell: NotebookNode, name: str, outcome: Outcome, message: str, seconds: float) -> None:
        """Book a cell that was stopped, and leave an error in its outputs, from which nbgrader sees that it failed."""
        label = ERRORS_OF_STOPPED_CELLS.get(outcome, ERRORS_OF_STOPPED_CELLS[Outcome.KERNEL_DIED])
        _keep_error(cell, label, message)
        self._book(name, outcome, message, seconds)

    def _book(self, name: str, outcome: Outcome, message: str, seconds: float) -> None:
        self.runs.append(
            CellRun(notebook=self.name, cell=name, outcome=outcome, message=message, seconds=round(seconds, 4))
        )


def in_brackets(clause: str) -> str:
    """Return ``clause`` to be put behind a sentence."""
    return f" ({clause})" if clause else ""


def runs(cell: NotebookNode) -> bool:
    """Tell whether nbclient would execute this cell."""
    return cell.cell_type == "code" and bool(cell.source.strip()) and _SKIP_TAG not in cell.metadata.get("tags", [])


def cell_name(cell: NotebookNode, position: int) -> str:
    """Return the grade id of a cell, or its place in the notebook."""
    metadata: Any = cell.metadata.get("nbgrader") or {}
    return str(metadata.get("grade_id") or f"cell {position + 1}")


def _keep_error(cell: NotebookNode, ename: str, evalue: str) -> None:
    """Make sure that the outputs hold the error that ended the cell, as nbgrader's own Execute does."""
    if any(output.output_type == "error" and output.ename == ename for output in cell.outputs):
        return
    cell.outputs = [*cell.outputs, new_output("error", ename=ename, evalue=evalue, traceback=[f"{ename}: {evalue}"])]
