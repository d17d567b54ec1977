"""Runs ordinary student code in a plain kernel and in the sandbox, and compares what both put out.

What is compared of each cell, and all else is not: the text on each stream, the kinds of content of each thing that is
shown, with its plain text, and the name and text of an error. Before that, whatever differs from one run to the next in
the same kernel, or names the machine, is replaced by a word: see ``_REPLACED``.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from sheetgrader.boundary.plain_text import plain
from sheetgrader.grading.clock import SubmissionClock
from sheetgrader.grading.kernel_starts import kernel_starter
from sheetgrader.grading.notebook_run import NotebookRun
from sheetgrader.items import GradingLimits
from sheetgrader.kernels.launcher import ZygoteConnection
from sheetgrader.results import CellRun
from sheetgrader.sandbox.limits import SandboxLimits

#: As long as a scenario may take on either side.
SECONDS: Final = 300.0
#: The notebook lies beside what it writes.
NOTEBOOK: Final = "sheet.ipynb"
#: What is not the same from run to run, or from machine to machine, and the word that takes its place.
_REPLACED: Final = (
    (r"\bat (?:0x)?[0-9a-fA-F]{8,16}\b", "at ADDRESS"),
    (r"/opt/venv|{prefix}", "ENVIRONMENT"),
    (r"/submission/work|{folder}", "FOLDER"),
    (r"/opt/libraries/\d+", "LIBRARIES"),
    (r"\b\d+(?:\.\d+)?(?:e[+-]?\d+)? ?(?:ns|[µμu]s|ms|s|sec|seconds|min)\b", "TIME"),
    (r"\b\d+:\d\d(?::\d\d)?(?:[.,]\d+)?\b", "TIME"),
    (r"\b\d+(?:\.\d+)?(?:it/s|s/it|B/s|kB/s|MB/s)", "SPEED"),
    (r"\bpid[ =:]+\d+", "pid NUMBER"),
    (r"/ipykernel_\d+/", "/ipykernel_NUMBER/"),
)


@dataclass(frozen=True)
class Put:
    """What one cell put out, as far as it is compared."""

    stdout: str = ""
    stderr: str = ""
    #: Kinds of content of each thing that was shown, and its plain text.
    shown: tuple[tuple[tuple[str, ...], str], ...] = ()
    error: tuple[str, str] | None = None


class _PlainClient(NotebookClient):
    """As nbgrader does, notes an error that the kernel told of and did not show."""

    async def _note_error(self, cell: NotebookNode, execute_reply: dict[str, Any], **_: Any) -> None:
        reply = execute_reply["content"]
        if reply["status"] == "error" and not any(output.get("ename") == reply["ename"] for output in cell.outputs):
            cell.outputs.append(new_output("error", ename=reply["ename"], evalue=reply["evalue"], traceback=[]))


def in_plain_kernel(cells: Sequence[str], home: Path) -> list[Put]:
    """Run ``cells`` in a kernel as Jupyter starts it, in a folder below ``home``, to its end, in spite of errors."""
    folder = home / "work"
    folder.mkdir()
    notebook = _notebook(cells)
    nbformat.write(notebook, folder / NOTEBOOK)
    client = _PlainClient(
        notebook,
        timeout=SECONDS,
        startup_timeout=SECONDS,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": folder}},
    )
    client.on_cell_executed = client._note_error
    try:
        client.execute(env=_environment(home))
    except DeadKernelError:
        pass
    return [_put(cell.outputs, folder) for cell in notebook.cells]


def in_sandbox(
    cells: Sequence[str], connection: ZygoteConnection, sandbox: SandboxLimits | None = None
) -> tuple[list[Put], list[CellRun]]:
    """Run ``cells`` as they are run when they are graded; return what they put out, and what became of each."""
    notebook = _notebook(cells)
    limits = GradingLimits(cell_seconds=SECONDS, submission_seconds=SECONDS)
    clock = SubmissionClock(SECONDS)
    sandbox = sandbox or SandboxLimits()
    start = kernel_starter(connection, {NOTEBOOK: nbformat.writes(notebook).encode()}, sandbox, limits, clock)
    run = NotebookRun(notebook, "sheet", start, limits, clock, sandbox)
    try:
        run.run_before(len(cells))
    finally:
        run.close()
    return [_put(cell.outputs, Path("/submission/work")) for cell in notebook.cells], run.runs


def _environment(home: Path) -> dict[str, str]:
    """Return the environment of a plain kernel: that of these tests, without what is theirs alone."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "MPL", "PYTEST", "PIP_"))}
    return {
        **kept,
        "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}",
        "HOME": str(home),
        "SHELL": "/bin/bash",
        "OMP_NUM_THREADS": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def _notebook(cells: Sequence[str]) -> NotebookNode:
    return new_notebook(cells=[new_code_cell(cell, id=f"cell-{number}") for number, cell in enumerate(cells)])


def _put(outputs: Sequence[NotebookNode], folder: Path) -> Put:
    """Return what is compared of the outputs of a cell that ran in ``folder``."""
    streams = {"stdout": "", "stderr": ""}
    shown, error = [], None
    for output in outputs:
        if output.output_type == "stream":
            streams[output.name] += output.text
        elif output.output_type == "error":
            error = (output.ename, _same_everywhere(output.evalue, folder))
        else:
            shown.append((tuple(sorted(output.data)), _same_everywhere(output.data.get("text/plain", ""), folder)))
    return Put(
        stdout=_same_everywhere(streams["stdout"], folder),
        stderr=_same_everywhere(streams["stderr"], folder),
        shown=tuple(shown),
        error=error,
    )


def _same_everywhere(text: str, folder: Path) -> str:
    text = plain(text)
    for pattern, word in _REPLACED:
        names = pattern.replace("{prefix}", re.escape(sys.prefix)).replace("{folder}", re.escape(str(folder)))
        text = re.sub(names, word, text)
    return text
