"""Runs submitted scripts by their command line, each in a sandbox of its own, and reads what they leave behind."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sheetgrader.boundary import untrusted_json
from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.errors import SubmissionError
from sheetgrader.graders.failures import (
    BadValue,
    Died,
    OutOfDisk,
    OutOfMemory,
    OutOfProcesses,
    Raised,
    StudentError,
    TimedOut,
    raised,
)
from sheetgrader.kernels.launcher import SandboxedScript, ZygoteConnection
from sheetgrader.results import Outcome
from sheetgrader.sandbox.limits import SandboxLimits
from sheetgrader.sandbox.work_folder import FolderContent, FolderLimits
from sheetgrader.scripts.records import LONGEST_RECORD, TrainingRecord, read_record

#: How often a waiting run looks at the script's memory.
_WATCH_SECONDS: Final = 0.2
_PIECE_BYTES: Final = 1 << 16
#: What is kept of each stream: the end, where the error stands.
_TAIL_BYTES: Final = 16 << 10
#: Far more than the metrics of a training take; each byte of JSON can become many of objects.
_LONGEST_JSON: Final = 1 << 20
#: What the limit on processor time ends a process with, first and at last.
_OUT_OF_CPU_TIME: Final = (-signal.SIGXCPU, -signal.SIGKILL)


@dataclass(frozen=True)
class ScriptRun:
    """What became of one run of a script."""

    #: The script's name and its arguments.
    command: tuple[str, ...]
    #: RIGHT where it ran to its end with exit code 0.
    outcome: Outcome
    #: Why it did not, as one sentence.
    reason: str = ""
    #: What it ended with by itself; None where it was stopped or a signal ended it.
    exit_code: int | None = None
    #: The last part of what it printed.
    stdout: str = ""
    stderr: str = ""
    seconds: float = 0.0
    #: The most private memory that it was seen to have.
    peak_memory_bytes: int = 0
    #: What it wrote below its output folder, and what was left out of that.
    output: FolderContent = field(default_factory=FolderContent)
    #: What it trained, as its own process says; None where nothing was recorded.
    record: TrainingRecord | None = None

    @property
    def finished(self) -> bool:
        """Whether it ran to its end with exit code 0."""
        return self.outcome is Outcome.RIGHT

    def check(self) -> None:
        """Raise what a student should read where the script did not run to its end.

        Raises:
            StudentError: it failed, was stopped, or took more than it may.
        """
        if not self.finished:
            raise failure_of(self.outcome)(self.reason)

    def file(self, name: str) -> bytes:
        """Return a file that it wrote below its output folder.

        Raises:
            StudentError: it left no such file that can be read.
        """
        if name in self.output.files:
            # Also of a script that failed later on: one mistake costs once.
            return self.output.files[name]
        self.check()
        if name in self.output.left_out:
            raise BadValue(f"The script wrote {name}, but it cannot be read: {self.output.left_out[name]}.")
        others = ", ".join(sorted(self.output.files)[:5])
        raise BadValue(
            f"The script wrote no {name} into its output folder;"
            f" {f'what is there: {plain_text(others)}' if others else 'it is empty'}."
        )

    def json(self, name: str) -> Any:
        """Return what a JSON file holds that it wrote below its output folder: plain values of no more levels than any
        that mean well.

        Raises:
            StudentError: it left no such file, or one that is no JSON, too large, or nested too deeply.
        """
        content = self.file(name)
        if len(content) > _LONGEST_JSON:
            raise BadValue(
                f"The script wrote {len(content):,} bytes into {name}, where {_LONGEST_JSON:,} are the most that is"
                " read."
            )
        try:
            return untrusted_json.read(content)
        except ValueError:
            raise BadValue(f"The script wrote a {name} that is no JSON, or nested too deeply.") from None


_FAILURES: Final[dict[Outcome, type[StudentError]]] = {
    Outcome.RAISED: Raised,
    Outcome.TIMED_OUT: TimedOut,
    Outcome.OUT_OF_MEMORY: OutOfMemory,
    Outcome.OUT_OF_PROCESSES: OutOfProcesses,
    Outcome.OUT_OF_DISK: OutOfDisk,
    Outcome.WRONG: BadValue,
}


def failure_of(outcome: Outcome) -> type[StudentError]:
    """Return what to raise where a script came to ``outcome``."""
    return _FAILURES.get(outcome, Died)


def run_script(
    connection: ZygoteConnection,
    command: Sequence[str],
    *,
    files: Mapping[str, bytes],
    limits: SandboxLimits,
    seconds: float,
    output: str = "output",
    output_limits: FolderLimits | None = None,
    is_watched: bool = False,
    tell: Callable[[str], None] | None = None,
) -> ScriptRun:
    """Run a script as ``python <command>`` would, in a sandbox of its own that has no network.

    Whatever the script does, this returns: what went wrong stands in the result.

    Args:
        connection: where sandboxes come from.
        command: the script's path among ``files``, and its arguments.
        files: its work folder, the data it reads among them.
        limits: what it may use.
        seconds: how long it may take; processor time is limited by ``limits``.
        output: folder in its work folder that is read when it has ended.
        output_limits: what is read from there at most.
        is_watched: have what it trains recorded.
        tell: is called with the text that the script prints, as it prints it.

    Raises:
        IsolationError: no sandbox can be had.
    """
    name = command[0]
    if name not in files:
        return ScriptRun(tuple(command), Outcome.WRONG, f"{name} was not handed in.")
    try:
        script = connection.run_script(command, files=files, limits=limits, is_watched=is_watched)
    except SubmissionError as error:
        return ScriptRun(tuple(command), Outcome.OUT_OF_DISK, f"{error}.")
    try:
        watch = _Watch(script, limits, tell)
        start = time.monotonic()
        stopped = watch.follow(start + seconds)
        elapsed = time.monotonic() - start
        script.kill()
        watch.drain()
        status = script.exit_status()
        stdout, stderr, record = watch.texts["stdout"].text(), watch.texts["stderr"].text(), watch.texts["record"]
        if stopped is None and status in _OUT_OF_CPU_TIME and elapsed >= limits.cpu_seconds / limits.torch_threads:
            stopped, seconds = Outcome.TIMED_OUT, limits.cpu_seconds
        outcome, reason = _judge(
            name,
            Outcome.OUT_OF_MEMORY if script.oom_killed else stopped,
            status,
            stderr,
            limits=limits,
            seconds=seconds,
        )
        return ScriptRun(
            command=tuple(command),
            outcome=outcome,
            reason=reason,
            exit_code=status if stopped is None and status is not None and status >= 0 else None,
            stdout=stdout,
            stderr=stderr,
            seconds=elapsed,
            peak_memory_bytes=watch.peak_memory_bytes,
            output=script.read_folder(output, output_limits or FolderLimits()),
            record=read_record(record.whole()),
        )
    finally:
        script.close()


class _Text:
    """The end of what comes out of a pipe."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept = b""
        self._length = 0

    def add(self, piece: bytes) -> None:
        self._length += len(piece)
        self._kept = (self._kept + piece)[-self._limit :]

    def text(self) -> str:
        cut = "[…]\n" if self._length > len(self._kept) else ""
        return cut + plain_text(self._kept.decode("utf-8", "replace"), self._limit)

    def whole(self) -> bytes:
        """Return everything, or nothing where it was more than is kept."""
        return self._kept if self._length == len(self._kept) else b""


class _Watch:
    """Reads what a script puts out, and has an eye on the clock and its memory."""

    def __init__(self, script: SandboxedScript, limits: SandboxLimits, tell: Callable[[str], None] | None) -> None:
        self._script = script
        self._limits = limits
        self._tell = tell
        self.peak_memory_bytes = 0
        self._open = {descriptor: name for name, descriptor in script.outputs.items()}
        self.texts = {"stdout": _Text(_TAIL_BYTES), "stderr": _Text(_TAIL_BYTES), "record": _Text(LONGEST_RECORD)}
        for descriptor in self._open:
            os.set_blocking(descriptor, False)

    def follow(self, deadline: float) -> Outcome | None:
        """Wait until the script has ended; return why it is to be stopped where it has not."""
        poll = select.poll()
        poll.register(self._script.pidfd, select.POLLIN)
        for descriptor in self._open:
            poll.register(descriptor, select.POLLIN)
        next_look = time.monotonic() + _WATCH_SECONDS
        while True:
            events = poll.poll(1000 * max(0.0, min(next_look, deadline) - time.monotonic()))
            for descriptor, _ in events:
                if descriptor == self._script.pidfd:
                    return None
                if not self._read(descriptor):
                    poll.unregister(descriptor)
            now = time.monotonic()
            if now >= deadline:
                return Outcome.TIMED_OUT
            if now >= next_look:
                next_look = now + _WATCH_SECONDS
                memory_bytes = self._script.memory_bytes()
                self.peak_memory_bytes = max(self.peak_memory_bytes, memory_bytes)
                if memory_bytes > self._limits.memory_bytes:
                    return Outcome.OUT_OF_MEMORY

    def drain(self) -> None:
        """Read what the script had still put out when it ended."""
        for descriptor in list(self._open):
            # A pipe holds little; a bound all the same, for a script that runs without a namespace and left a process
            # behind.
            for _ in range(1000):
                if not self._read(descriptor):
                    break

    def _read(self, descriptor: int) -> bool:
        """Read one piece; return whether there may be more."""
        try:
            piece = os.read(descriptor, _PIECE_BYTES)
        except BlockingIOError:
            return False
        name = self._open[descriptor]
        self.texts[name].add(piece)
        if piece and name == "stdout" and self._tell is not None:
            self._tell(piece.decode("utf-8", "replace"))
        return bool(piece)


def _judge(
    name: str, stopped: Outcome | None, status: int | None, stderr: str, *, limits: SandboxLimits, seconds: float
) -> tuple[Outcome, str]:
    """Return what became of the script, and why it did not run to its end."""
    if stopped is Outcome.OUT_OF_MEMORY:
        return (
            Outcome.OUT_OF_MEMORY,
            f"{name} took more than {limits.memory_bytes >> 20} MiB of memory and was stopped.",
        )
    if stopped is Outcome.TIMED_OUT:
        return Outcome.TIMED_OUT, f"{name} did not finish within {seconds:g} s and was stopped."
    if status == 0:
        return Outcome.RIGHT, ""
    if status is None or status < 0:
        return Outcome.KERNEL_DIED, f"{name} was ended by signal {-(status or 0)}."
    last = plain_text(
        next((line.strip() for line in reversed(stderr.splitlines()) if line.strip()), "it printed no error")
    )
    ename, _, evalue = last.partition(": ")
    outcome = raised(ename, evalue).outcome
    if outcome is Outcome.OUT_OF_DISK:
        return (
            outcome,
            (
                f"{name} wrote more than the {limits.disk_bytes >> 20} MiB that it may, and ended with exit code"
                f" {status}: {last}."
            ),
        )
    return outcome, f"{name} ended with exit code {status}: {last}."
