"""What instructors write in grader files: ``@criterion`` and ``@probe``."""

from __future__ import annotations

import inspect
import math
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

_Function = TypeVar("_Function", bound=Callable[..., Any])

#: Where :func:`criterion` leaves its facts on a test function.
_ATTRIBUTE = "__sheetgrader_criterion__"


@dataclass(frozen=True)
class Criterion:
    """The facts of one criterion as its decorator states them."""

    #: The question, ``ex1a``, whose points are those of the cell ``ex1a_test``; or the full id of a cell.
    question: str
    weight: float
    hint: str
    #: Seconds that each call of the student's code may take; None for the sheet's limit.
    timeout: float | None
    #: Names of the tests of the same question of which one has to earn something for this one to count.
    requires: tuple[str, ...] = ()
    #: Its answers train: where it fails it is judged once more.
    trains: bool = False


def criterion(
    question: str,
    *,
    weight: float = 1.0,
    hint: str = "",
    timeout: float | None = None,
    requires: str | Iterable[str] = (),
    trains: bool = False,
) -> Callable[[_Function], _Function]:
    """Mark a pytest test as a criterion of ``question``.

    The test's docstring is the rubric line that students read. The points of a question are split over its criteria by
    ``weight``; parametrised cases share the weight of their test.

    Args:
        question: the question, ``ex1a`` for the cell ``ex1a_test``, or a cell's full grade id.
        weight: this criterion's share of the points.
        hint: what a student who fails may read besides the rubric line.
        timeout: seconds that each call of the student's code may take, where the sheet's limit does not fit.
        requires: for what an answer that does nothing fulfils as well, such as that arguments are left as they are:
            the name of another test of this question, or several. Where none of them earns anything, this criterion
            is judged and told as ever, and does not count.
        trains: the answer trains a network, which may have bad luck. Where this criterion fails it is judged once more,
            for the same inputs and from the first cell on in a fresh kernel: where both fail the first judgement
            counts, and where they differ the criterion is unstable and a person decides.
    """
    if not question or not isinstance(question, str):
        raise ValueError("a criterion names its question: @criterion('ex1a')")
    if not (weight > 0 and math.isfinite(weight)):
        raise ValueError(f"the weight of a criterion of {question} is positive and finite, not {weight}")
    conditions = (requires,) if isinstance(requires, str) else tuple(requires)
    facts = Criterion(question, float(weight), hint, timeout, conditions, trains)

    def mark(function: _Function) -> _Function:
        if not inspect.getdoc(function):
            raise ValueError(f"{function.__name__} has no docstring: it is the rubric line that students read")
        setattr(function, _ATTRIBUTE, facts)
        return function

    return mark


def facts_of(function: object) -> Criterion | None:
    """Return what ``@criterion`` states about a test function, or None for an ordinary test."""
    facts = getattr(function, _ATTRIBUTE, None)
    return facts if isinstance(facts, Criterion) else None


class ProbeRunner(Protocol):
    """Runs a probe's source where the student's objects are."""

    def run_probe(self, probe: Probe, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Return what the function that ``probe.source`` defines returns for these arguments."""


class Probe:
    """A function of a grader that runs in the student's sandbox, as source; see :func:`probe`."""

    #: Set by the grading session for as long as a criterion runs.
    runner: ProbeRunner | None = None

    def __init__(self, function: Callable[..., Any]) -> None:
        self.name = function.__name__
        self.source = _source_without_decorators(function)
        self.__doc__ = function.__doc__

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Run the function in the student's sandbox; handles among the arguments arrive as the objects they
        stand for.
        """
        if Probe.runner is None:
            raise RuntimeError(f"the probe {self.name} can be called only while a criterion runs")
        return Probe.runner.run_probe(self, arguments, keywords)


def probe(function: Callable[..., Any]) -> Probe:
    """Make ``function`` run in the student's sandbox, to look at objects that do not cross: count parameters, list
    layers.

    The function is sent as source, so it stands alone: it imports what it needs. It must hold nothing that students may
    not read, and what it returns is a claim by the student's side; where it matters, recompute it from values that
    crossed.
    """
    return Probe(function)


def _source_without_decorators(function: Callable[..., Any]) -> str:
    lines, _ = inspect.getsourcelines(function)
    source = textwrap.dedent("".join(lines))
    return source[source.index("def ") :] if not source.startswith("def ") else source
