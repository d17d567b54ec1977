from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import nbformat.v4
import numpy as np
import pytest

from sheetgrader.boundary import encoding
from sheetgrader.errors import WireError
from sheetgrader.graders.criteria import Probe
from sheetgrader.graders.failures import (
    BadValue,
    Died,
    MissingName,
    OutOfDisk,
    OutOfMemory,
    OutOfProcesses,
    Raised,
    StudentError,
    TimedOut,
)
from sheetgrader.graders.student import Handle, Student, fetch, reference_of
from sheetgrader.grading.link import KernelLink, ReferenceFailed, ReferenceLink
from sheetgrader.grading.notebook_run import NotebookRun, OutOfTime
from sheetgrader.items import GradingLimits
from sheetgrader.kernels.client import KernelClient, KernelGone
from sheetgrader.results import Outcome

Reply = tuple[dict[str, Any], list[encoding.Buffer]]
MODEL = encoding.HandleReference(3, "Model")


def ok(value: object, **facts: Any) -> Reply:
    """The reply of a kernel whose function returned ``value``."""
    content, buffers = encoding.encode(value, handle=lambda _: MODEL)
    return {"status": "ok", "value": content, "seconds": 0.0, **facts}, list(buffers)


class FakeKernel:
    """Replies to one request after the other with what it was given, and keeps them."""

    def __init__(self, *replies: Reply | Exception) -> None:
        self._replies = list(replies)
        self.requests: list[dict[str, Any]] = []
        self.buffers: list[Sequence[encoding.Buffer]] = []
        self.seconds: list[float] = []
        self.is_closed = False
        self.is_disk_full = False

    def probe(self, content: dict[str, Any], buffers: Sequence[encoding.Buffer], *, seconds: float) -> Reply:
        """Reply to a request."""
        self.requests.append(content)
        self.buffers.append(buffers)
        self.seconds.append(seconds)
        reply = self._replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def close(self) -> None:
        """Be gone."""
        self.is_closed = True


class FakeClock:
    """Has as many seconds left as it is told, and keeps what was spent."""

    def __init__(self, left: float = 1000.0) -> None:
        self._left = left
        self.spent: list[tuple[str, float]] = []

    def spend(self, stage: str, seconds: float) -> None:
        """Keep what was spent."""
        self.spent.append((stage, seconds))

    def left(self) -> float:
        """Return what is left."""
        return self._left


def run_on(*kernels: FakeKernel, clock: FakeClock | None = None) -> NotebookRun:
    """The run of an empty notebook in one kernel after the other."""
    waiting = list(kernels)

    def start() -> KernelClient:
        if not waiting:
            raise OutOfTime
        return cast("KernelClient", waiting.pop(0))

    return NotebookRun(nbformat.v4.new_notebook(), "sheet", start, GradingLimits(), clock or FakeClock())


def link_to(*kernels: FakeKernel, clock: FakeClock | None = None, kind: type[KernelLink] = KernelLink) -> KernelLink:
    clock = clock or FakeClock()
    return kind(run_on(*kernels, clock=clock), clock, value_bytes=1 << 20)


def count(model: Any) -> int:
    return len(model.layers)


PROBE = Probe(count)


def raised_by(reply: Reply | Exception) -> StudentError:
    """What a grader gets when a kernel replies so to ``f(2)``."""
    with pytest.raises(StudentError) as caught:
        Student(link_to(FakeKernel(reply))).f(2)
    return caught.value


# What crosses


def test_a_call_crosses_with_its_arguments_and_its_value_comes_back() -> None:
    kernel = FakeKernel(ok({"a": [np.arange(3), 2.5, None]}))
    value = Student(link_to(kernel)).model.fit(np.eye(2), rate=0.1)
    assert value["a"][1:] == [2.5, None]
    np.testing.assert_array_equal(value["a"][0], [0, 1, 2])
    (request,), (buffers,) = kernel.requests, kernel.buffers
    assert (request["operation"], request["target"], request["path"]) == ("call", {"name": "model"}, ["fit"])
    sent = encoding.decode(request["values"], list(buffers))
    np.testing.assert_array_equal(sent["arguments"][0], np.eye(2))
    assert sent["keywords"] == {"rate": 0.1}
    assert request["limits"]["total_bytes"] == 1 << 20


def test_a_value_is_fetched() -> None:
    kernel = FakeKernel(ok("noether"))
    assert fetch(Student(link_to(kernel)).team.name) == "noether"
    assert kernel.requests[0]["operation"] == "fetch"
    assert kernel.requests[0]["path"] == ["name"]


def test_an_object_comes_back_as_a_handle_and_goes_as_its_number() -> None:
    kernel = FakeKernel(ok(object()), ok(1), ok(2))
    student = Student(link_to(kernel))
    model = student.build()
    assert isinstance(model, Handle)
    assert repr(model) == "<Model>"
    assert reference_of(model)[0] == MODEL
    assert model.layer.forward(5) == 1
    assert kernel.requests[1]["target"] == {"handle": 3}
    assert kernel.requests[1]["path"] == ["layer", "forward"]
    assert student.apply([model]) == 2
    found: list[int] = []
    encoding.decode(kernel.requests[2]["values"], [], handle=lambda reference: found.append(reference.id))
    assert found == [3]


def test_what_is_no_plain_value_is_not_sent() -> None:
    kernel = FakeKernel()
    with pytest.raises(WireError, match="a value of type function cannot be sent into the sandbox"):
        Student(link_to(kernel)).f(ok)
    with pytest.raises(WireError):
        Student(link_to(kernel)).f(Student(link_to(kernel)).g)
    assert kernel.requests == []


def test_handles_stay_with_their_kernel() -> None:
    ours, theirs = Student(link_to(FakeKernel(ok(object())))), link_to(FakeKernel())
    model = ours.build()
    with pytest.raises(ValueError, match="<Model> belongs to another kernel"):
        Student(theirs).f(model)
    with pytest.raises(ValueError, match="belongs to another kernel"):
        theirs.fetch(ours.f)


def test_a_probe_is_sent_as_source_and_runs_where_its_object_is() -> None:
    kernel, other = FakeKernel(ok(7)), FakeKernel(ok(object()), ok(8))
    link = link_to(kernel)
    assert link.run_probe(PROBE, (1,), {"two": 2}) == 7
    assert kernel.requests[0]["operation"] == "probe"
    assert (kernel.requests[0]["source"], kernel.requests[0]["function"]) == (PROBE.source, "count")
    model = Student(link_to(other, kind=ReferenceLink)).build()
    assert link.run_probe(PROBE, (model,), {}) == 8
    assert len(kernel.requests) == 1
    # What a probe does is no call of the student's.
    assert link.calls == []


def test_stand_ins_and_figures_are_asked_for() -> None:
    kernel = FakeKernel(ok(None), ok(None), ok([{"axes": []}]))
    link = link_to(kernel)
    link.put_stand_in("f", PROBE)
    link.take_stand_in_away("f")
    assert link.figures("ex1_code") == [{"axes": []}]
    put, taken, figures = kernel.requests
    assert (put["operation"], put["name"], put["function"]) == ("stand_in", "f", "count")
    assert (taken["operation"], taken["name"]) == ("restore", "f")
    assert (figures["operation"], figures["cell"]) == ("figures", "ex1_code")


# What is kept of a call


def test_calls_are_kept_in_words() -> None:
    link = link_to(FakeKernel(ok(9.0), ok(object()), ok("x")))
    student = Student(link)
    student.square(np.array([3.0]), power=2)
    student.build()
    fetch(student.TEAM)
    assert [call.in_words() for call in link.calls] == [
        "square([3], power=2) returned 9.",
        "build() returned <Model>.",
        "TEAM is 'x'.",
    ]


def test_a_call_without_a_value_is_kept_too() -> None:
    link = link_to(FakeKernel(({"status": "missing", "name": "f"}, [])))
    with pytest.raises(MissingName):
        Student(link).f(2)
    assert [call.in_words() for call in link.calls] == ["f(2) was asked for."]


def test_what_a_kernel_claims_about_a_call_is_text_and_little_of_it() -> None:
    claimed = {"changed_arguments": ["x", 3, "\x1b[2Jy", *"z" * 100], "warnings": "not a list"}
    link = link_to(FakeKernel(ok(1, **claimed)))
    Student(link).f(2)
    assert link.calls[0].changed_arguments[0] == "x"
    assert not any("\x1b" in text for text in link.calls[0].changed_arguments)
    assert len(link.calls[0].changed_arguments) <= 20
    assert link.calls[0].warnings == ()


# What a reply means


@pytest.mark.parametrize(
    ("reply", "error", "sentence"),
    [
        ({"status": "missing", "name": "f"}, MissingName, "`f` is not defined."),
        ({"status": "interrupted"}, TimedOut, "It did not finish within 10 s, the limit for one call."),
        (
            {"status": "refused", "reason": "it holds more than 5 items"},
            BadValue,
            "It gave back what cannot be judged: it holds more than 5 items.",
        ),
        (
            {"status": "raised", "ename": "ValueError", "evalue": "no"},
            Raised,
            "It raised ValueError: no",
        ),
        ({"status": "raised", "ename": "KeyboardInterrupt", "evalue": ""}, Raised, "It raised KeyboardInterrupt"),
        (
            {"status": "raised", "ename": "MemoryError", "evalue": ""},
            OutOfMemory,
            "It raised MemoryError (the limit is 2048 MiB of memory)",
        ),
        (
            {"status": "raised", "ename": "RuntimeError", "evalue": "can't start new thread"},
            OutOfProcesses,
            "It raised RuntimeError: can't start new thread (the limit is 256 processes and threads)",
        ),
        (
            {"status": "raised", "ename": "OSError", "evalue": "[Errno 28] No space left on device"},
            OutOfDisk,
            "It raised OSError: [Errno 28] No space left on device (the limit is 512 MiB of files, 512 MiB in one)",
        ),
    ],
    ids=["missing", "interrupted", "refused", "raised", "raised-no-text", "memory", "processes", "disk"],
)
def test_what_went_wrong_is_a_sentence(reply: dict[str, Any], error: type[StudentError], sentence: str) -> None:
    raised = raised_by((reply, []))
    assert type(raised) is error
    assert str(raised) == sentence


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"status": None},
        {"status": ["ok"]},
        {"status": "OK", "value": 1},
        {"status": "ok", "value": {"buffer": 5}},
        {"status": "ok", "value": {"unknown": 1}},
    ],
    ids=repr,
)
def test_nonsense_is_an_answer_that_cannot_be_read(reply: dict[str, Any]) -> None:
    raised = raised_by((reply, []))
    assert type(raised) is BadValue
    assert str(raised).startswith("It gave back what cannot be read")


def test_a_value_over_the_limit_is_an_answer_that_cannot_be_read() -> None:
    assert type(raised_by(ok(np.zeros(1 << 18)))) is BadValue


@pytest.mark.parametrize("key", ["ename", "evalue"])
@pytest.mark.parametrize(
    "text",
    [None, 7, ["x"], "\x1b[2J\u202ex", "x" * 10**6],
    ids=["none", "number", "list", "control characters", "flood"],
)
def test_texts_of_a_kernel_are_plain_and_short(key: str, text: object) -> None:
    sentence = str(raised_by(({"status": "raised", "ename": "E", "evalue": "e", key: text}, [])))
    assert sentence.startswith("It raised ")
    assert len(sentence) < 500
    assert sentence.isprintable()


def test_who_asked_is_named() -> None:
    failed: Reply = ({"status": "raised", "ename": "E", "evalue": ""}, [])
    with pytest.raises(Raised, match=r"^Looking at what you defined raised E$"):
        link_to(FakeKernel(failed)).run_probe(PROBE, (), {})
    with pytest.raises(Raised, match=r"^Replacing f raised E$"):
        link_to(FakeKernel(failed)).put_stand_in("f", PROBE)
    with pytest.raises(Raised, match=r"^Reading the figures of ex1_code raised E$"):
        link_to(FakeKernel(failed)).figures("ex1_code")


# Kernels that die


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (Outcome.TIMED_OUT, TimedOut),
        (Outcome.OUT_OF_MEMORY, OutOfMemory),
        (Outcome.KERNEL_DIED, Died),
        (Outcome.OUT_OF_DISK, Died),
    ],
)
def test_the_death_of_a_kernel_costs_its_call_and_the_next_one_has_a_new_kernel(
    outcome: Outcome, error: type[StudentError]
) -> None:
    first, second = FakeKernel(KernelGone(outcome, "the process ended")), FakeKernel(ok(4))
    student = Student(link_to(first, second))
    with pytest.raises(StudentError, match=r"^The process ended\.$") as caught:
        student.f(2)
    assert type(caught.value) is error
    assert first.is_closed
    assert student.f(2) == 4


def test_objects_die_with_their_kernel() -> None:
    first = FakeKernel(ok(object()), KernelGone(Outcome.KERNEL_DIED, "it ended"))
    student = Student(link_to(first, second := FakeKernel(ok(1))))
    model = student.build()
    with pytest.raises(Died):
        student.f()
    assert student.f() == 1
    for use in (lambda: model(), lambda: student.f(model)):
        with pytest.raises(Died, match="The object was lost when the process that held it ended"):
            use()
    assert len(second.requests) == 1


def test_a_submission_without_time_has_no_further_kernel() -> None:
    with pytest.raises(TimedOut, match="the submission had used up its 1200 s"):
        Student(link_to()).f(2)


# Clocks


@pytest.mark.parametrize(
    ("call", "question", "submission", "given"),
    [(2.0, 30.0, 40.0, 2.0), (20.0, 3.0, 40.0, 3.0), (20.0, 30.0, 4.0, 4.0)],
)
def test_a_call_gets_the_time_that_is_left(call: float, question: float, submission: float, given: float) -> None:
    kernel = FakeKernel(ok(1))
    link = link_to(kernel, clock=FakeClock(submission))
    link.call_seconds, link.seconds_left = call, question
    Student(link).f(2)
    assert kernel.seconds == [given]
    assert link.seconds_left < question


def test_the_limit_that_was_reached_is_named() -> None:
    link = link_to(FakeKernel(*[({"status": "interrupted"}, [])] * 2), clock=FakeClock(40.0))
    link.begin_question(30.0)
    with pytest.raises(TimedOut, match="within 10 s, the limit for one call"):
        Student(link).f(2)
    link.seconds_left = 4.0
    with pytest.raises(TimedOut, match="within 4 s, all that was left of its time"):
        Student(link).f(2)
    link.seconds_left = 0.0
    with pytest.raises(TimedOut, match="all calls for this question together may take 30 s"):
        Student(link).f(2)
    used_up = link_to(FakeKernel(), clock=FakeClock(0.0))
    with pytest.raises(TimedOut, match="the submission had used up its 1200 s"):
        Student(used_up).f(2)


@pytest.mark.parametrize(("question", "submission"), [(0.0, 40.0), (30.0, 0.0), (-1.0, -1.0)])
def test_nothing_is_asked_when_no_time_is_left(question: float, submission: float) -> None:
    kernel = FakeKernel(ok(1))
    link = link_to(kernel, clock=FakeClock(submission))
    link.seconds_left = question
    with pytest.raises(TimedOut, match="There was no time left"):
        Student(link).f(2)
    assert kernel.requests == []


@pytest.mark.parametrize("claimed", [-1.0, 0.0, 10.0**9, math.inf, math.nan, 3, "3", None, True])
def test_a_kernel_is_not_believed_more_seconds_than_have_passed(claimed: object) -> None:
    clock = FakeClock()
    Student(link_to(FakeKernel(ok(1, seconds=claimed)), clock=clock)).f(2)
    ((stage, seconds),) = clock.spent
    assert stage == "student"
    assert 0 <= seconds < 60


# The reference solution


@pytest.mark.parametrize(
    "reply",
    [
        ({"status": "missing", "name": "f"}, []),
        ({"status": "interrupted"}, []),
        ({}, []),
        KernelGone(Outcome.OUT_OF_MEMORY, "it ended"),
    ],
    ids=["missing", "interrupted", "nonsense", "gone"],
)
def test_what_fails_in_the_reference_is_never_the_students_fault(reply: Reply | Exception) -> None:
    with pytest.raises(ReferenceFailed, match=r"^the reference solution failed: "):
        Student(link_to(FakeKernel(reply), kind=ReferenceLink)).f(2)
