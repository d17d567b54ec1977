"""The ``script`` fixture: runs of a group's scripts, and their functions, as graders ask for them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, Final

import msgspec
import nbformat

from sheetgrader.errors import SubmissionError
from sheetgrader.graders.drawing import key_for, number_for
from sheetgrader.graders.failures import BadValue, Died, OutOfDisk, OutOfMemory, Raised, StudentError, TimedOut
from sheetgrader.graders.student import Call, Handle, Student, fetch
from sheetgrader.grading.checkpoints import Weights, read_checkpoint
from sheetgrader.grading.clock import SubmissionClock
from sheetgrader.grading.kernel_starts import kernel_starter
from sheetgrader.grading.link import KernelLink
from sheetgrader.grading.notebook_run import NotebookRun
from sheetgrader.items import WorkItem
from sheetgrader.kernels.launcher import ZygoteConnection
from sheetgrader.results import Outcome
from sheetgrader.scripts.run import ScriptRun, run_script

_NO_DATA: Final[Mapping[str, bytes]] = MappingProxyType({})
#: The name that a script's functions are reached by in its kernel.
_MODULE: Final = "script"
_IMPORT: Final = f"import importlib\n\n{_MODULE} = importlib.import_module({{name!r}})"
_IMPORT_DEFINITIONS: Final = (
    f"from sheetgrader.inside import definitions\n\n{_MODULE} = definitions.import_definitions({{path!r}}, {{name!r}})"
)
_FAILURES: Final[dict[Outcome, type[StudentError]]] = {
    Outcome.TIMED_OUT: TimedOut,
    Outcome.OUT_OF_MEMORY: OutOfMemory,
    Outcome.OUT_OF_DISK: OutOfDisk,
    Outcome.KERNEL_DIED: Died,
}


class Scripts:
    """A group's scripts.

    ``script("train.py", "--data", "data", data=files)`` runs one by its command line; ``script.module("train.py")``
    gives its functions. The same question is answered once for a submission: criteria that ask for the same run share
    it.
    """

    def __init__(
        self, item: WorkItem, connection: ZygoteConnection, clock: SubmissionClock, files_digest: bytes = b""
    ) -> None:
        """Prepare to run them; ``files_digest`` says which files they are, comments and layout apart."""
        self._item = item
        self._connection = connection
        self._clock = clock
        self._runs: dict[str, ScriptRun] = {}
        self._modules: dict[str, _Module] = {}
        self._checkpoints: dict[str, Weights | StudentError] = {}
        #: For data that all criteria share: not to be guessed, the same when the same files are graded again, another
        #: one for others. No script is to be given it, or a number that follows from it.
        self.key = key_for(item.secret, "scripts", item.sheet, item.group, files_digest)
        #: The same as a number, to seed a grader's generator with.
        self.seed = number_for(self.key, "seed")
        #: The names of the files that the group has in its folder.
        self.files = frozenset(item.files)
        #: What has been worked out of these runs so far, for graders to keep what several criteria need.
        self.kept: dict[str, Any] = {}

    def __call__(
        self,
        name: str,
        *arguments: str,
        data: Mapping[str, bytes] = _NO_DATA,
        seconds: float = 60.0,
        cpu_seconds: int | None = None,
        output: str = "output",
        is_watched: bool = False,
    ) -> ScriptRun:
        """Run a script as ``python <name> <arguments>`` would; whatever it does, this returns.

        Args:
            name: the script's file.
            arguments: its command line.
            data: files put beside the group's own, by relative path; they win over the group's.
            seconds: how long it may take.
            cpu_seconds: processor time that it may use, where the sheet's limit does not fit.
            output: the folder that is read when it has ended.
            is_watched: have what it trains recorded; see :class:`~sheetgrader.scripts.records.TrainingRecord`.
        """
        key = _key("run", name, *arguments, data=data, other=(seconds, cpu_seconds, output, is_watched))
        if key not in self._runs:
            sandbox = (
                self._item.sandbox if cpu_seconds is None else replace(self._item.sandbox, cpu_seconds=cpu_seconds)
            )
            # What was handed in under the name of the output folder is no result of this run.
            own = {path: content for path, content in self._item.files.items() if not _lies_in(output, path)}
            run = run_script(
                self._connection,
                (name, *arguments),
                files={**own, **data},
                limits=sandbox,
                seconds=max(0.0, min(seconds, self._clock.left())),
                output=output,
                is_watched=is_watched,
            )
            self._clock.spend("student", run.seconds)
            self._runs[key] = run
        return self._runs[key]

    def module(
        self, name: str, *, data: Mapping[str, bytes] = _NO_DATA, seconds: float = 20.0, only_definitions: bool = False
    ) -> Handle:
        """Return a script as a module, imported into a fresh kernel of its own:
        ``script.module("train.py").build_model()``.

        Args:
            name: the script's file.
            data: files put beside the group's own, by relative path.
            seconds: how long the import, and each call, may take.
            only_definitions: leave out what the script does when it is imported, so that a missing main guard need not
                cost every question.

        Raises:
            StudentError: there is no such script, or importing it fails.
        """
        if name not in self._item.files:
            raise BadValue(f"{name} was not handed in.")
        key = _key("module", name, data=data, other=(seconds, only_definitions))
        if key not in self._modules:
            limits = msgspec.structs.replace(self._item.limits, cell_seconds=seconds)
            files = {**self._item.files, **data}
            start = kernel_starter(self._connection, files, self._item.sandbox, limits, self._clock)
            cell = nbformat.v4.new_code_cell(
                (_IMPORT_DEFINITIONS if only_definitions else _IMPORT).format(path=name, name=_module_name(name))
            )
            notebook = nbformat.v4.new_notebook(cells=[cell])
            run = NotebookRun(notebook, name, start, limits, self._clock, self._item.sandbox)
            self._modules[key] = _Module(name, run, KernelLink(run, self._clock, value_bytes=limits.value_bytes))
        return self._modules[key].imported(seconds)

    def checkpoint(self, content: bytes) -> Weights:
        """Return the tensors of a saved ``state_dict`` as arrays; see
        :func:`~sheetgrader.grading.checkpoints.read_checkpoint`.

        Raises:
            StudentError: it is no such file.
        """
        key = hashlib.sha256(content).hexdigest()
        if key not in self._checkpoints:
            try:
                item = self._item
                self._checkpoints[key] = read_checkpoint(
                    self._connection, content, sandbox=item.sandbox, limits=item.limits, clock=self._clock
                )
            except StudentError as error:
                self._checkpoints[key] = error
        found = self._checkpoints[key]
        if isinstance(found, StudentError):
            raise type(found)(str(found))
        return found

    def begin_criterion(self, calls: list[Call]) -> None:
        """Have the calls of the criterion that begins now recorded in ``calls``."""
        for module in self._modules.values():
            module.link.calls = calls

    def close(self) -> None:
        """End the scripts' kernels."""
        for module in self._modules.values():
            module.run.close()


class _Module:
    """A script imported into a kernel."""

    def __init__(self, name: str, run: NotebookRun, link: KernelLink) -> None:
        self.run = run
        self.link = link
        self._name = name

    def imported(self, seconds: float) -> Handle:
        try:
            self.run.run_through(0)
        except SubmissionError as error:
            raise OutOfDisk(f"{error}.") from None
        ended = self.run.runs[0]
        if ended.outcome is not Outcome.RIGHT:
            raise _FAILURES.get(ended.outcome, Raised)(f"{self._name} cannot be imported: {ended.message}.")
        self.link.call_seconds = seconds
        # No call that a student should read of in what is said about their answer.
        calls, self.link.calls = self.link.calls, []
        try:
            module = fetch(getattr(Student(self.link), _MODULE))
        finally:
            self.link.calls = calls
        if not isinstance(module, Handle):
            raise BadValue(f"{self._name} puts something else into the place of its module.")
        return module


def _lies_in(folder: str, path: str) -> bool:
    inside = PurePosixPath(folder)
    return bool(inside.parts) and PurePosixPath(path).is_relative_to(inside)


def _module_name(name: str) -> str:
    path = PurePosixPath(name)
    return ".".join((*path.parent.parts, path.stem))


def _key(kind: str, *words: str, data: Mapping[str, bytes], other: tuple[object, ...]) -> str:
    hashed = hashlib.sha256(repr((kind, words, other)).encode())
    for name, content in sorted(data.items()):
        hashed.update(f"{name}\0{len(content)}\0".encode() + content)
    return hashed.hexdigest()
