"""Runs ordinary student code in a plain kernel and in the sandbox, and compares what both put out.

What is compared of each cell, and all else is not: the text on each stream, the kinds of content of each thing that is
shown, with its plain text, and the name and text of an error. Before that, whatever differs from one run to the next in
the same kernel, or names the machine, is replaced by a word: see :data:`_REPLACED`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from sheetgrader.boundary.plain_text import plain
from sheetgrader.grading.clock import SubmissionClock
from sheetgrader.grading.kernel_starts import kernel_starter
from sheetgrader.grading.notebook_run import NotebookRun
from sheetgrader.items import GradingLimits
from sheetgrader.kernels.launcher import ZygoteConnection
from sheetgrader.results import CellRun
from sheetgrader.sandbox.limits import SandboxLimits

#: As long as a test of these may take in all.
SECONDS: Final = 300.0
#: What is not the same from run to run, or from machine to machine, and the word that takes its place.
_REPLACED: Final = (
    (r"\x1b\[[0-9;?]*[A-Za-z]", ""),
    (r"\b0x[0-9a-fA-F]+\b", "ADDRESS"),
    (r"(?:/opt/venv|{prefix})", "ENVIRONMENT"),
    (r"(?:/submission|{folder})", "FOLDER"),
    (r"(?:/opt/libraries/\d+)", "LIBRARIES"),
    (r"/tmp/[\w./-]+", "TEMPORARY"),
    (r"\b\d+(?:\.\d+)?(?:e[+-]?\d+)? ?(?:ns|[µμu]s|ms|s|sec|seconds|min)\b", "TIME"),
    (r"\b\d+:\d\d(?::\d\d)?(?:[.,]\d+)?\b", "TIME"),
    (r"\b\d+(?:\.\d+)?(?:it/s|s/it|B/s|kB/s|MB/s)", "SPEED"),
    (r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "IDENTITY"),
    (r"\b[0-9a-f]{32}\b", "IDENTITY"),
    (r"\bpid[ =:]+\d+", "pid NUMBER"),
)


@dataclass(frozen=True)
class Put:
    """What one cell put out, as far as it is compared."""

    stdout: str = ""
    stderr: str = ""
    #: Kinds of content of each thing that was shown, and its plain text.
    shown: tuple[tuple[tuple[str, ...], str], ...] = ()
    error: tuple[str, str] | None = None


def in_plain_kernel(cells: Sequence[str], folder: Path, files: Mapping[str, bytes]) -> list[Put]:
    """Run ``cells`` in a kernel as Jupyter starts it, in ``folder``, going on after errors and the kernel's end."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    notebook = _notebook(cells)
    client = NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": folder}}
    )
    client.execute(env=_environment())
    return [put_out(cell.outputs, folder) for cell in notebook.cells]


def in_sandbox(
    cells: Sequence[str],
    connection: ZygoteConnection,
    files: Mapping[str, bytes],
    sandbox: SandboxLimits | None = None,
) -> tuple[list[Put], list[CellRun]]:
    """Run ``cells`` as they are run when they are graded; return what they put out, and what became of each."""
    notebook = _notebook(cells)
    limits = GradingLimits(cell_seconds=SECONDS, submission_seconds=SECONDS)
    clock = SubmissionClock(SECONDS)
    sandbox = sandbox or SandboxLimits()
    run = NotebookRun(
        notebook, "sheet", kernel_starter(connection, files, sandbox, limits, clock), limits, clock, sandbox
    )
    try:
        run.run_before(len(cells))
    finally:
        run.close()
    return [put_out(cell.outputs, Path("/submission")) for cell in notebook.cells], run.runs


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "MPL", "PYTEST"))}
    return {**kept, "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}", "OMP_NUM_THREADS": "1"}


def _notebook(cells: Sequence[str]) -> NotebookNode:
    return new_notebook(cells=[new_code_cell(cell) for cell in cells])


def put_out(outputs: Sequence[NotebookNode], folder: Path) -> Put:
    """Return what is compared of the outputs of a cell that ran in ``folder``."""
    streams = {"stdout": "", "stderr": ""}
    shown, error = [], None
    for output in outputs:
        if output.output_type == "stream":
            streams[output.name] += output.text
        elif output.output_type == "error":
            error = (output.ename, _same_everywhere(output.evalue, folder))
        else:
            text = output.data.get("text/plain", "")
            shown.append((tuple(sorted(output.data)), _same_everywhere(text, folder)))
    return Put(
        stdout=_same_everywhere(plain(streams["stdout"]), folder),
        stderr=_same_everywhere(plain(streams["stderr"]), folder),
        shown=tuple(shown),
        error=error,
    )


def _same_everywhere(text: str, folder: Path) -> str:
    for pattern, word in _REPLACED:
        text = re.sub(
            pattern.format(prefix=re.escape(sys.prefix), folder=re.escape(str(folder)))
            if "{p" in pattern or "{f" in pattern
            else pattern,
            word,
            text,
        )
    return text
