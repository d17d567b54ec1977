"""The way from a grader's proxies into a kernel: probe requests, and what their replies mean."""

from __future__ import annotations

import math
import time
from typing import Any, Final

from sheetgrader.boundary import encoding
from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.errors import WireError
from sheetgrader.graders.criteria import Probe
from sheetgrader.graders.describing import describe
from sheetgrader.graders.failures import BadValue, Died, MissingName, OutOfMemory, StudentError, TimedOut, raised
from sheetgrader.graders.student import Address, Call, Handle, parts, reference_of
from sheetgrader.grading.notebook_run import Clock, NotebookRun, OutOfTime, in_brackets
from sheetgrader.kernels.client import KernelGone
from sheetgrader.results import Outcome

_GONE: Final[dict[Outcome, type[StudentError]]] = {
    Outcome.TIMED_OUT: TimedOut,
    Outcome.OUT_OF_MEMORY: OutOfMemory,
    Outcome.KERNEL_DIED: Died,
}


class ReferenceFailed(Exception):
    """The reference solution did not give a value, so nothing can be judged by it."""


class KernelLink:
    """Sends a criterion's calls into the kernel of a notebook's run and keeps a record of them."""

    def __init__(self, run: NotebookRun, clock: Clock, *, value_bytes: int) -> None:
        self._run = run
        self._clock = clock
        self._limits = encoding.Limits(total_bytes=value_bytes)
        #: Seconds that one call may take; set for each criterion.
        self.call_seconds = 10.0
        #: Seconds that all calls together may take, and may still take; set for each question.
        self.question_seconds = math.inf
        self.seconds_left = math.inf
        self.calls: list[Call] = []

    # What proxies ask for.

    def call(self, address: Address, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Call what ``address`` names and return what came back."""
        call = Call(_call_in_words(address, arguments, keywords), arguments=(*arguments, *keywords.values()))
        self.calls.append(call)
        reply, value = self._ask({"operation": "call", **self._target(address)}, arguments, keywords)
        call.answered, call.value = True, value
        call.changed_arguments = _texts(reply.get("changed_arguments"))
        call.warnings = _texts(reply.get("warnings"))
        return value

    def fetch(self, address: Address) -> Any:
        """Return the value that ``address`` names."""
        call = Call(repr(address), verb="is")
        self.calls.append(call)
        _, value = self._ask({"operation": "fetch", **self._target(address)})
        call.answered, call.value = True, value
        return value

    def run_probe(self, probe: Probe, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Run a probe's source in the kernel; a probe that is given an object of the reference solution runs there."""
        for value in (*arguments, *keywords.values()):
            if isinstance(value, Handle) and reference_of(value)[2] is not self:
                other = reference_of(value)[2]
                if isinstance(other, KernelLink):
                    return other.run_probe(probe, arguments, keywords)
        request = {"operation": "probe", "source": probe.source, "function": probe.name}
        _, value = self._ask(request, arguments, keywords, subject="Looking at what you defined")
        return value

    # What fixtures ask for.

    def begin_question(self, seconds: float) -> None:
        """Give all calls that follow ``seconds`` together."""
        self.question_seconds = self.seconds_left = seconds

    def put_stand_in(self, name: str, probe: Probe) -> None:
        """Bind ``name`` in the kernel to what ``probe`` returns for the student's own object."""
        self._ask(
            {"operation": "stand_in", "name": name, "source": probe.source, "function": probe.name},
            subject=f"Replacing {name}",
        )

    def take_stand_in_away(self, name: str) -> None:
        """Give ``name`` its own object back."""
        self._ask({"operation": "restore", "name": name}, subject=f"Replacing {name}")

    def figures(self, cell: str) -> Any:
        """Return the records of the figures that ``cell`` drew, as the kernel claims them."""
        _, value = self._ask({"operation": "figures", "cell": cell}, subject=f"Reading the figures of {cell}")
        return value

    def _target(self, address: Address) -> dict[str, Any]:
        link, root, path = parts(address)
        if link is not self:
            raise ValueError(f"{address!r} belongs to another kernel")
        return {
            "target": {"name": root} if isinstance(root, str) else {"handle": self._number(root)},
            "path": list(path),
        }

    def _number(self, handle: object) -> int:
        if not isinstance(handle, Handle):
            raise WireError(f"a value of type {type(handle).__name__} cannot be sent into the sandbox")
        reference, generation, link = reference_of(handle)
        if link is not self:
            raise ValueError(f"{handle!r} belongs to another kernel")
        if generation != self._run.generation:
            raise Died("The object was lost when the process that held it ended.")
        return reference.id

    def _ask(
        self,
        request: dict[str, Any],
        arguments: tuple[Any, ...] = (),
        keywords: dict[str, Any] | None = None,
        *,
        subject: str = "It",
    ) -> tuple[dict[str, Any], Any]:
        """Send one request and return the reply with its decoded value; failures become sentences for the student."""
        seconds = min(self.call_seconds, self.seconds_left, self._clock.left())
        if seconds <= 0:
            raise TimedOut(self._no_time_left())
        try:
            client = self._run.client()
            self._run.was_asked = True
            start = time.monotonic()
            values = {"arguments": list(arguments), "keywords": keywords or {}}
            content, buffers = encoding.encode(
                values, handle=lambda item: encoding.HandleReference(self._number(item), "")
            )
            limits = {"total_bytes": self._limits.total_bytes, "depth": self._limits.depth, "items": self._limits.items}
            try:
                reply, reply_buffers = client.probe(
                    {**request, "values": content, "limits": limits}, buffers, seconds=seconds
                )
            finally:
                self.seconds_left -= time.monotonic() - start
        except KernelGone as gone:
            self._run.lose_kernel()
            raise _GONE.get(gone.outcome, Died)(f"{gone.reason[:1].upper()}{gone.reason[1:]}.") from None
        except OutOfTime:
            raise TimedOut(self._submission_over()) from None
        claimed = reply.get("seconds")
        elapsed = time.monotonic() - start
        self._clock.spend("student", min(claimed, elapsed) if isinstance(claimed, float) and claimed > 0 else 0.0)
        return reply, self._value(reply, reply_buffers, subject, seconds)

    def _value(self, reply: dict[str, Any], buffers: list[encoding.Buffer], subject: str, seconds: float) -> Any:
        status = reply.get("status")
        if status == "ok":
            try:
                return encoding.decode(reply.get("value"), buffers, handle=self._handle, limits=self._limits)
            except WireError as error:
                raise BadValue(f"{subject} gave back what cannot be read: {error}.") from None
        if status == "missing":
            missing = f"`{_text(reply, 'name', 80)}` is not defined."
            without = self._run.wanted_network.behind(NameError.__name__, missing)
            raise MissingName(f"{missing} {without[:1].upper()}{without[1:]}." if without else missing)
        if status == "interrupted":
            limit = "the limit for one call" if seconds >= self.call_seconds else "all that was left of its time"
            raise TimedOut(f"{subject} did not finish within {seconds:g} s, {limit}.")
        if status == "refused":
            raise BadValue(f"{subject} gave back what cannot be judged: {_text(reply, 'reason')}.")
        if status != "raised":
            raise BadValue(f"{subject} gave back what cannot be read.")
        ename, evalue = _text(reply, "ename", 80), _text(reply, "evalue")
        kind = raised(ename, evalue, is_disk_full=self._run.is_disk_full)
        said = f"{subject} raised {ename}{': ' + evalue if evalue else ''}"
        without = self._run.wanted_network.behind(ename, evalue)
        raise kind(said + self._run.limit_in_words(kind.outcome, evalue) + in_brackets(without))

    def _submission_over(self) -> str:
        return f"There was no time left: the submission had used up its {self._run.submission_seconds:g} s."

    def _no_time_left(self) -> str:
        if self._clock.left() <= 0:
            return self._submission_over()
        limit = f" may take {self.question_seconds:g} s" if math.isfinite(self.question_seconds) else " took too long"
        return f"There was no time left: all calls for this question together{limit}."

    def _handle(self, reference: encoding.HandleReference) -> Handle:
        return Handle(self, reference, self._run.generation)


class ReferenceLink(KernelLink):
    """Reaches the reference solution; whatever fails there is the course's fault, never the student's."""

    def _ask(
        self,
        request: dict[str, Any],
        arguments: tuple[Any, ...] = (),
        keywords: dict[str, Any] | None = None,
        *,
        subject: str = "It",
    ) -> tuple[dict[str, Any], Any]:
        try:
            return super()._ask(request, arguments, keywords, subject=subject)
        except StudentError as error:
            raise ReferenceFailed(f"the reference solution failed: {error}") from error


def _call_in_words(address: Address, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> str:
    described = [describe(argument) for argument in arguments] + [
        f"{name}={describe(value)}" for name, value in keywords.items()
    ]
    return f"{address!r}({', '.join(described)})"


def _text(reply: dict[str, Any], key: str, most: int = 300) -> str:
    value = reply.get(key)
    return plain_text(value, most) if isinstance(value, str) else ""


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(plain_text(item) for item in value[:20] if isinstance(item, str)) if isinstance(value, list) else ()
