"""A synchronous Jupyter client of one sandboxed kernel, with a clock on everything and an eye on the kernel's memory."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

import zmq
from jupyter_client.session import DELIM, Session
from nbformat import NotebookNode

from sheetgrader.grading import untrusted_json
from sheetgrader.grading.memory_watch import MemoryWatch
from sheetgrader.grading.recording import OutputRecorder
from sheetgrader.results import Outcome
from sheetgrader.wire import Buffer

#: How long a client waits before it looks at its clock.
_WAIT_SECONDS: Final = 0.2
#: How much is taken of what has arrived before the clock is looked at again.
_PORTION_MESSAGES: Final = 500
_PORTION_BYTES: Final = 32 << 20
_START_SECONDS: Final = 20.0
#: A kernel that has answered has published its last output a moment later; longer means that a student's thread holds things up.
_LAST_OUTPUT_SECONDS: Final = 4.0


class Kernel(Protocol):
    """What the client needs of a sandboxed kernel; see :class:`sheetgrader.kernel.launcher.SandboxedKernel`."""

    @property
    def sockets(self) -> Mapping[str, str]:
        """Addresses of the channels."""

    @property
    def pidfd(self) -> int:
        """Readable when the kernel has ended."""

    def interrupt(self) -> None:
        """Send SIGINT to the kernel."""

    def kill(self) -> None:
        """Kill the kernel and everything it started."""

    def exit_status(self) -> int | None:
        """Return how the kernel ended, None while it runs."""

    def memory_bytes(self) -> int:
        """Return the private memory of the kernel and everything it started."""

    def close(self) -> None:
        """Give back what the kernel held."""


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

    def __init__(self, kernel: Kernel, *, memory_bytes: int, message_bytes: int, grace_seconds: float, is_trusted: bool = False) -> None:
        self._kernel = kernel
        self._memory_bytes = memory_bytes
        self._grace_seconds = grace_seconds
        self._session = Session(key=b"", username="grader")
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context.instance()
        self._shell = self._connect(zmq.DEALER, "shell", message_bytes)
        self._iopub = self._connect(zmq.SUB, "iopub", message_bytes)
        self._iopub.subscribe(b"")
        self._monitors = [socket.get_monitor_socket(zmq.EVENT_DISCONNECTED) for socket in (self._shell, self._iopub)]
        self._poller = zmq.Poller()
        self._poller.register(kernel.pidfd, zmq.POLLIN)
        for socket in (self._shell, self._iopub, *self._monitors):
            self._poller.register(socket, zmq.POLLIN)
        self._watch = MemoryWatch(kernel, memory_bytes, is_trusted=is_trusted)

    def _connect(self, kind: int, channel: str, message_bytes: int) -> zmq.Socket[bytes]:
        socket: zmq.Socket[bytes] = self._context.socket(kind)
        socket.linger = 0
        # A message over this size ends the connection instead of filling the grader's memory.
        socket.setsockopt(zmq.MAXMSGSIZE, message_bytes)
        socket.setsockopt(zmq.RCVHWM, 1000)
        # The path of a dead kernel is never dialled again: somebody else might answer there.
        socket.setsockopt(zmq.RECONNECT_IVL, -1)
        if kind == zmq.DEALER:
            socket.identity = self._session.bsession
        socket.connect(self._kernel.sockets[channel])
        return socket

    def wait_ready(self) -> None:
        """Wait until the kernel answers and its outputs arrive here."""
        identity = self._send("kernel_info_request", {})
        deadline = time.monotonic() + _START_SECONDS
        answered = listening = False
        while not (answered and listening):
            for channel, message in self._receive(deadline):
                # Whatever comes first on iopub shows that the subscription has arrived.
                listening = listening or channel == "iopub"
                answered = answered or (channel == "shell" and _parent(message) == identity)
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
                if _parent(message) != identity:
                    continue
                kind, body = message["msg_type"], message["content"]
                if channel == "shell" and kind == "execute_reply":
                    reply, kernel_seconds = body, _seconds_in_kernel(message)
                    deadline = min(deadline, time.monotonic() + _LAST_OUTPUT_SECONDS) if not interrupted else deadline
                elif channel == "iopub" and kind == "status":
                    idle = body.get("execution_state") == "idle"
                elif channel == "iopub":
                    recorder.add(kind, body)
            if time.monotonic() >= deadline and (reply is None or not idle):
                if reply is not None:
                    break
                if interrupted:
                    raise self._end(Outcome.TIMED_OUT, f"it did not stop within {seconds:g} s, nor when it was interrupted")
                interrupted = True
                deadline = time.monotonic() + self._grace_seconds
                self._kernel.interrupt()
        assert reply is not None  # noqa: S101  # the loop ends only with a reply
        error = (_text(reply.get("ename")), _text(reply.get("evalue"))) if reply.get("status") == "error" else None
        count = reply.get("execution_count")
        elapsed = time.monotonic() - start
        return Execution(
            outputs=recorder.finished(),
            execution_count=count if type(count) is int else None,
            error=error,
            timed_out=interrupted,
            seconds=elapsed,
            kernel_seconds=min(kernel_seconds, elapsed),
        )

    def probe(self, content: dict[str, Any], buffers: Sequence[Buffer], *, seconds: float) -> tuple[dict[str, Any], list[Buffer]]:
        """Send a ``probe_request`` and return the content and the buffers of its reply.

        Raises:
            KernelGone: the kernel ended, or had to be killed because an interrupted call did not stop.
        """
        identity = self._send("probe_request", content, buffers=buffers)
        deadline, interrupted = time.monotonic() + seconds, False
        while True:
            for channel, message in self._receive(deadline):
                if channel == "shell" and _parent(message) == identity and message["msg_type"] == "probe_reply":
                    body = message["content"]
                    if interrupted and body.get("status") != "ok":
                        body = {"status": "interrupted"}
                    return body, [bytes(buffer) if not isinstance(buffer, bytes | memoryview) else buffer for buffer in message["buffers"]]
            if time.monotonic() >= deadline:
                if interrupted:
                    raise self._end(Outcome.TIMED_OUT, f"it did not stop within {seconds:g} s, nor when it was interrupted")
                interrupted = True
                deadline = time.monotonic() + self._grace_seconds
                self._kernel.interrupt()

    def close(self) -> None:
        """Kill the kernel and give back its sockets."""
        for socket, monitor in zip((self._shell, self._iopub), self._monitors, strict=True):
            socket.disable_monitor()
            monitor.close(0)
            socket.close(0)
        self._watch.close()
        self._kernel.kill()
        self._kernel.close()

    def _send(self, kind: str, content: dict[str, Any], *, metadata: dict[str, Any] | None = None, buffers: Sequence[Buffer] = ()) -> str:
        message = self._session.msg(kind, content, metadata=metadata)
        frames = [*self._session.serialize(message), *buffers]
        self._shell.send_multipart(frames, copy=False)
        return str(message["header"]["msg_id"])

    def _receive(self, deadline: float) -> list[tuple[str, dict[str, Any]]]:
        """Wait for messages until ``deadline`` at most; raise when the kernel has ended."""
        wait = min(max(deadline - time.monotonic(), 0.0), _WAIT_SECONDS)
        events = dict(self._poller.poll(int(1000 * wait)))
        messages = [*self._drain("iopub", self._iopub), *self._drain("shell", self._shell)] if events else []
        if messages:
            return messages
        if self._kernel.pidfd in events:
            raise self._end(Outcome.KERNEL_DIED, "")
        if any(monitor in events for monitor in self._monitors):
            # The connection ends a moment before the process does; otherwise a message over the limit ended it.
            if not self._ended_within(1.0):
                raise self._end(Outcome.OUT_OF_MEMORY, "it sent more in one message than the sheet allows, or closed its connection")
            raise self._end(Outcome.KERNEL_DIED, "")
        return []

    def _drain(self, channel: str, socket: zmq.Socket[bytes]) -> list[tuple[str, dict[str, Any]]]:
        messages = []
        taken = 0
        # Bounded, so that a flood of messages can neither keep the clock from being looked at nor pile up here.
        for _ in range(_PORTION_MESSAGES):
            if taken > _PORTION_BYTES:
                break
            try:
                frames = socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                break
            taken += sum(map(len, frames))
            message = self._parse(frames)
            if message is not None:
                messages.append((channel, message))
        return messages

    def _parse(self, frames: list[bytes]) -> dict[str, Any] | None:
        try:
            # As Session.deserialize does, which spends most of its time on dates that nobody asks for.
            start = frames.index(DELIM) + 2
            header, parent, metadata = map(untrusted_json.read, frames[start : start + 3])
            content = _content(frames[start + 3])
        except (ValueError, IndexError):
            # Whatever the other side sent, it was no message.
            return None
        if not all(isinstance(part, dict) for part in (header, parent, metadata)) or not isinstance(header.get("msg_type"), str):
            return None
        return {
            "header": header,
            "msg_type": header["msg_type"],
            "parent_header": parent,
            "metadata": metadata,
            "content": content,
            "buffers": frames[start + 4 :],
        }

    def _ended_within(self, seconds: float) -> bool:
        poller = zmq.Poller()
        poller.register(self._kernel.pidfd, zmq.POLLIN)
        return bool(poller.poll(int(1000 * seconds)))

    def _end(self, outcome: Outcome, reason: str) -> KernelGone:
        """Kill what is left of the kernel and return the event to raise."""
        died_alone = self._ended_within(0)
        self._kernel.kill()
        if self._watch.finding:
            return KernelGone(Outcome.OUT_OF_MEMORY, self._watch.finding)
        status = self._kernel.exit_status()
        if outcome is Outcome.KERNEL_DIED and died_alone and not reason:
            reason = _ending(status)
            if getattr(self._kernel, "oom_killed", False):
                outcome, reason = Outcome.OUT_OF_MEMORY, f"it took more than {self._memory_bytes >> 20} MiB of memory"
        return KernelGone(outcome, reason or "the kernel ended")


def _ending(status: int | None) -> str:
    if status is None or status == 0:
        return "the process ended itself"
    if status < 0:
        return f"the process was ended by signal {-status}"
    return f"the process ended itself with status {status}"


def _seconds_in_kernel(reply: Mapping[str, Any]) -> float:
    """Return the seconds between the start of a request and its reply, by the kernel's own clock."""
    try:
        started, ended = (datetime.fromisoformat(date) for date in (reply["metadata"]["started"], reply["header"]["date"]))
        return max(0.0, (ended - started).total_seconds())
    except (KeyError, TypeError, ValueError):
        return math.inf


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _content(frame: bytes) -> dict[str, Any]:
    """Return the content of a message; what cannot be read is empty, so that nobody waits for a message that has come."""
    try:
        content = untrusted_json.read(frame)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _parent(message: Mapping[str, Any]) -> str | None:
    parent = message.get("parent_header")
    identity = parent.get("msg_id") if isinstance(parent, dict) else None
    return identity if isinstance(identity, str) else None
