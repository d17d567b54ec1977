"""Runs nbgrader's and sheetgrader's commands in children of one process that has imported both.

Starting Python and importing either takes seconds; dozens of commands pay for it once here. Each command is still a
process of its own that runs the command's own entry point.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_CORES = 2


@dataclass(frozen=True)
class Command:
    """A command line in a folder."""

    folder: str
    line: Sequence[str]


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    status: int
    output: str


def run_commands(queues: Iterable[Sequence[Command]]) -> list[list[Ended]]:
    """Run the commands of each queue one after the other, and two queues at a time."""
    with tempfile.TemporaryDirectory() as home:
        # A stock kernel that finds pytest's variables does not listen to the file descriptors of standard output and
        # error.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        environment = inherited | {
            # nbgrader calls alembic by its name.
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            # Nobody's own settings may change what the tests see.
            "HOME": home,
            "JUPYTER_NO_CONFIG": "1",
            # No line is wrapped where a test looks for a sentence.
            "COLUMNS": "10000",
        }
        done = subprocess.run(
            [sys.executable, __file__],
            input=json.dumps([[asdict(command) for command in queue] for queue in queues]),
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return [[Ended(**ended) for ended in queue] for queue in json.loads(done.stdout)]


def _run_queues(queues: Sequence[Sequence[Command]], folder: Path) -> list[list[Ended]]:
    ended: list[list[Ended]] = [[] for _ in queues]
    waiting = [number for number, queue in enumerate(queues) if queue]
    running: dict[int, int] = {}
    while waiting or running:
        while waiting and len(running) < _CORES:
            number = waiting.pop(0)
            running[_start(queues[number][len(ended[number])], _output(folder, number, ended))] = number
        child, status = os.wait()
        number = running.pop(child)
        output = _output(folder, number, ended)
        ended[number].append(Ended(os.waitstatus_to_exitcode(status), output.read_text("utf-8", "replace")))
        if len(ended[number]) < len(queues[number]):
            waiting.insert(0, number)
    return ended


def _output(folder: Path, number: int, ended: Sequence[Sequence[Ended]]) -> Path:
    # A file for each command: what it leaves running may still write to it when the next one has started.
    return folder / f"{number}-{len(ended[number])}"


def _start(command: Command, output: Path) -> int:
    """Start a command whose output goes to a file; return its process id."""
    child = os.fork()
    if child:
        return child
    status = 70
    try:
        os.chdir(command.folder)
        for file, descriptor in (
            (os.open(output, os.O_CREAT | os.O_TRUNC | os.O_WRONLY), 1),
            (os.open(os.devnull, os.O_RDONLY), 0),
        ):
            os.dup2(file, descriptor)
        os.dup2(1, 2)
        sys.argv = list(command.line)
        status = _call(command.line[0])
    except BaseException:  # noqa: BLE001  # the child of the test must not run on as a second test
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _call(program: str) -> int:
    try:
        if program == "nbgrader":
            NbGraderApp.launch_instance()
        else:
            sheetgrader.cli.main()
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    return 0


if __name__ == "__main__":
    # sheetgrader comes first: it makes importing nbgrader faster.
    import sheetgrader.cli

    # isort: split
    from nbgrader.apps.nbgraderapp import NbGraderApp

    with tempfile.TemporaryDirectory() as outputs:
        given = [[Command(**command) for command in queue] for queue in json.load(sys.stdin)]
        json.dump([[asdict(command) for command in queue] for queue in _run_queues(given, Path(outputs))], sys.stdout)
