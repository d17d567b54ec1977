"""A synchronous Jupyter client of one sandboxed kernel, with a clock on everything and an eye on the kernel's
memory.
"""

from __future__ import annotations

import math
import select
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Final, Protocol

from jupyter_client.session import Session
from nbformat import NotebookNode

from sheetgrader.boundary.encoding import Buffer
from sheetgrader.kernels.channel import Channel
from sheetgrader.kernels.jupyter_messages import Message, read_message
from sheetgrader.kernels.memory_watch import MemoryWatch
from sheetgrader.kernels.output_widgets import OutputWidgets
from sheetgrader.kernels.processes import wait_for_end
from sheetgrader.kernels.recording import OutputRecorder, execution_count
from sheetgrader.results import Outcome
from sheetgrader.sandbox.work_folder import FolderContent, FolderLimits

#: How long a client waits before it looks at its clock.
_WAIT_SECONDS: Final = 0.2
#: How much is taken of what has arrived before the clock is looked at again.
_PORTION_MESSAGES: Final = 500
_PORTION_BYTES: Final = 4 << 20
_START_SECONDS: Final = 20.0
#: A kernel that has answered has published its last output a moment later; longer means that a student's thread holds
#: things up.
_LAST_OUTPUT_SECONDS: Final = 4.0
#: Why a kernel ended that was asked to.
_ASKED_TO_END: Final = "`exit()` or `quit()` ended the kernel, and with it all that was defined in this cell"


class Kernel(Protocol):
    """What the client needs of a sandboxed kernel; see :class:`sheetgrader.kernels.launcher.SandboxedKernel`."""

    @property
    def sockets(self) -> Mapping[str, str]:
        """Addresses of the channels."""

    @property
    def process_id(self) -> int:
        """The kernel's process as the host sees it."""

    @property
    def private_at_fork(self) -> int:
        """The memory that it had from the fork."""

    @property
    def pidfd(self) -> int:
        """Readable when the kernel has ended."""

    def interrupt(self) -> None:
        """Send SIGINT to the kernel."""

    def kill(self) -> None:
        """Kill the kernel and everything it started."""

    def exit_status(self) -> int | None:
        """Return how the kernel ended, None while it runs."""

    def read_folder(self, name: str, limits: FolderLimits, is_wanted: Callable[[PurePosixPath], bool]) -> FolderContent:
        """Return what a folder of its work folder holds."""

    def close(self) -> None:
        """Give back what the kernel held."""

    @property
    def is_disk_full(self) -> bool:
        """Whether there is no room left in a folder that it may write to."""


class KernelGone(Exception):
    """The kernel has ended, by itself or because it was killed.

    Attributes:
        outcome: KERNEL_DIED, OUT_OF_MEMORY, or TIMED_OUT where it did not stop when it was interrupted.
        reason: one sentence.
    """

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason
        #: What the cell had put out until then.
        self.outputs: list[NotebookNode] = []


@dataclass(frozen=True)
class Execution:
    """What became of one cell."""

    outputs: list[NotebookNode]
    execution_count: int | None
    #: Name and text of the exception that ended the cell, or None.
    error: tuple[str, str] | None
    #: The cell was interrupted because its time was over.
    timed_out: bool
    seconds: float
    #: The part of ``seconds`` that the kernel says it spent on the student's code.
    kernel_seconds: float


class KernelClient:
    """Talks to one kernel; every method raises :class:`KernelGone` once the kernel has ended."""

    def __init__(self, kernel: Kernel, *, memory_bytes: int, message_bytes: int, grace_seconds: float) -> None:
        self._kernel = kernel
        self._memory_bytes = memory_bytes
        self._grace_seconds = grace_seconds
        self._session = Session(key=b"", username="grader")
        self._shell = Channel(kernel.sockets["shell"], "DEALER", message_bytes)
        self._iopub = Channel(kernel.sockets["iopub"], "SUB", message_bytes)
        self._watch = MemoryWatch(kernel, memory_bytes)
        self._widgets = OutputWidgets()

    def wait_ready(self) -> None:
        """Wait until the kernel answers and its outputs arrive here."""
        identity = self._send("kernel_info_request", {})
        deadline = time.monotonic() + _START_SECONDS
        answered = listening = False
        while not (answered and listening):
            for channel, message in self._receive(deadline):
                # Whatever comes first on iopub shows that the subscription has arrived.
                listening = listening or channel == "iopub"
                answered = answered or (channel == "shell" and message.parent == identity)
            if time.monotonic() > deadline:
                raise self._end(Outcome.KERNEL_DIED, "the kernel did not start")

    def execute(self, code: str, *, cell: str, seconds: float, output_bytes: int) -> Execution:
        """Run ``code`` as the cell called ``cell`` and collect its outputs.

        A cell whose time is over is interrupted; where that stops it the kernel lives on.

        Raises:
            KernelGone: the kernel ended, or had to be killed.
        """
        recorder = OutputRecorder(output_bytes)
        start = time.monotonic()
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        identity = self._send("execute_request", content, metadata={"sheetgrader_cell": cell})
        deadline, interrupted = start + seconds, False
        reply: dict[str, Any] | None = None
        kernel_seconds = seconds
        idle = False
        while reply is None or not idle:
            try:
                messages = self._receive(deadline)
            except KernelGone as gone:
                gone.outputs = recorder.finished()
                raise
            for channel, message in messages:
                if message.parent != identity:
                    continue
                if channel == "iopub" and message.kind != "status":
                    body = message.content()
                    if not self._widgets.takes(message.kind, body, identity):
                        recorder.add(message.kind, body)
                elif channel == "iopub":
                    idle = (message.content() or {}).get("execution_state") == "idle"
                elif message.kind == "execute_reply":
                    # One that cannot be read is empty, so that nobody waits for a message that has come.
                    reply, kernel_seconds = message.content() or {}, _seconds_in_kernel(message)
                    deadline = min(deadline, time.monotonic() + _LAST_OUTPUT_SECONDS) if not interrupted else deadline
            if time.monotonic() >= deadline and (reply is None or not idle):
                if reply is not None:
                    break
                if interrupted:
                    raise self._end(
                        Outcome.TIMED_OUT, f"it did not stop within {seconds:g} s, nor when it was interrupted"
                    )
                interrupted = True
                deadline = time.monotonic() + self._grace_seconds
                self._kernel.interrupt()
        assert reply is not None  # noqa: S101  # the loop ends only with a reply
        if _asks_to_end(reply):
            # It ends a moment after its answer: whether the next cell still ran would be a matter of luck.
            wait_for_end(self._kernel.pidfd, _LAST_OUTPUT_SECONDS)
            ending = self._end(Outcome.KERNEL_DIED, _ASKED_TO_END)
            ending.outputs = recorder.finished()
            raise ending
        for change in self._widgets.changes():
            self._send("comm_msg", change)
        error = _text(reply.get("ename"), 200), _text(reply.get("evalue"), 2000)
        elapsed = time.monotonic() - start
        return Execution(
            outputs=recorder.finished(),
            execution_count=execution_count(reply),
            error=error if reply.get("status") == "error" else None,
            timed_out=interrupted,
            seconds=elapsed,
            kernel_seconds=min(kernel_seconds, elapsed),
        )

    def probe(
        self, content: dict[str, Any], buffers: Sequence[Buffer], *, seconds: float
    ) -> tuple[dict[str, Any], list[Buffer]]:
        """Send a ``probe_request`` and return the content and the buffers of its reply.

        Raises:
            KernelGone: the kernel ended, or had to be killed because an interrupted call did not stop.
        """
        identity = self._send("probe_request", content, buffers=buffers)
        deadline, interrupted = time.monotonic() + seconds, False
        while True:
            for channel, message in self._receive(deadline):
                if channel == "shell" and message.parent == identity and message.kind == "probe_reply":
                    body = message.content() or {}
                    if interrupted and body.get("status") != "ok":
                        body = {"status": "interrupted"}
                    return body, [*message.buffers]
            if time.monotonic() >= deadline:
                if interrupted:
                    raise self._end(
                        Outcome.TIMED_OUT, f"it did not stop within {seconds:g} s, nor when it was interrupted"
                    )
                interrupted = True
                deadline = time.monotonic() + self._grace_seconds
                self._kernel.interrupt()

    @property
    def is_disk_full(self) -> bool:
        """Whether there is no room left in a folder that the kernel may write to."""
        return self._kernel.is_disk_full

    def written(self, limits: FolderLimits, is_wanted: Callable[[PurePosixPath], bool]) -> FolderContent:
        """Return the wanted files in the kernel's work folder, also where it has ended."""
        return self._kernel.read_folder(".", limits, is_wanted)

    def close(self) -> None:
        """Kill the kernel and give back its connections."""
        self._shell.close()
        self._iopub.close()
        self._watch.close()
        self._kernel.kill()
        self._kernel.close()

    def _send(
        self,
        kind: str,
        content: dict[str, Any],
        *,
        metadata: dict[str, Any] | None = None,
        buffers: Sequence[Buffer] = (),
    ) -> str:
        message = self._session.msg(kind, content, metadata=metadata)
        self._shell.send([*self._session.serialize(message), *buffers])
        return str(message["header"]["msg_id"])

    def _receive(self, deadline: float) -> list[tuple[str, Message]]:
        """Wait for messages until ``deadline`` at most, sending meanwhile what is not sent yet; raise when the kernel
        has ended.
        """
        ended = self._wait(min(max(deadline - time.monotonic(), 0.0), _WAIT_SECONDS))
        messages = []
        for name, channel in (("iopub", self._iopub), ("shell", self._shell)):
            channel.flush()
            messages += [
                (name, message) for frames in _portion(channel) if (message := read_message(frames)) is not None
            ]
        if messages:
            return messages
        if ended or self._watch.finding:
            raise self._end(Outcome.KERNEL_DIED, "")
        for channel in (self._shell, self._iopub):
            if channel.is_over_limit:
                raise self._end(Outcome.OUT_OF_MEMORY, channel.ending)
            if channel.ending:
                # The connection ends a moment before the process does.
                raise self._end(Outcome.KERNEL_DIED, "" if wait_for_end(self._kernel.pidfd, 1.0) else channel.ending)
        return []

    def _wait(self, seconds: float) -> bool:
        """Wait until there is something to receive or to send; return whether the kernel has ended."""
        poll = select.poll()
        poll.register(self._kernel.pidfd, select.POLLIN)
        for channel in (self._shell, self._iopub):
            if not channel.ending:
                poll.register(channel, select.POLLIN | (select.POLLOUT if channel.has_unsent else 0))
        return any(descriptor == self._kernel.pidfd for descriptor, _ in poll.poll(1000 * seconds))

    def _end(self, outcome: Outcome, reason: str) -> KernelGone:
        """Kill what is left of the kernel and return the event to raise."""
        died_alone = wait_for_end(self._kernel.pidfd, 0)
        self._kernel.kill()
        if finding := self._watch.finding:
            return KernelGone(Outcome.OUT_OF_MEMORY, finding)
        status = self._kernel.exit_status()
        if outcome is Outcome.KERNEL_DIED and died_alone and not reason:
            reason = _ending(status)
            if getattr(self._kernel, "oom_killed", False):
                outcome, reason = Outcome.OUT_OF_MEMORY, f"it took more than {self._memory_bytes >> 20} MiB of memory"
        return KernelGone(outcome, reason or "the kernel ended")


def _portion(channel: Channel) -> list[list[bytes]]:
    """Return the next messages of a channel: bounded, so that a flood can neither keep the clock from being looked at
    nor pile up here.
    """
    portion: list[list[bytes]] = []
    taken = 0
    while len(portion) < _PORTION_MESSAGES and taken < _PORTION_BYTES and (messages := channel.receive()):
        portion += messages
        taken += sum(len(frame) for frames in messages for frame in frames)
    return portion


def _ending(status: int | None) -> str:
    if status is None or status == 0:
        return "the process ended itself"
    if status < 0:
        return f"the process was ended by signal {-status}"
    return f"the process ended itself with status {status}"


def _asks_to_end(reply: Mapping[str, Any]) -> bool:
    """Tell whether a cell ended with ``quit()`` or ``exit()``, which Jupyter carries out after the reply."""
    payload = reply.get("payload")
    orders = payload if isinstance(payload, list) else []
    return any(
        isinstance(order, dict) and order.get("source") == "ask_exit" and not order.get("keepkernel")
        for order in orders
    )


def _seconds_in_kernel(reply: Message) -> float:
    """Return the seconds between the start of a request and its reply, by the kernel's own clock."""
    try:
        started, ended = (datetime.fromisoformat(date) for date in (reply.metadata["started"], reply.header["date"]))
        return max(0.0, (ended - started).total_seconds())
    except (KeyError, TypeError, ValueError):
        return math.inf


def _text(value: object, most: int) -> str:
    return value[:most] if isinstance(value, str) else ""
