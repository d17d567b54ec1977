"""The pytest side of grading: fixtures for graders, and a verdict for every criterion."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pytest

from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.errors import CourseError
from sheetgrader.graders.answers import Memory, StandIns
from sheetgrader.graders.criteria import Probe
from sheetgrader.graders.drawing import number_for
from sheetgrader.graders.failures import GraderTimedOut, StudentError, Wrong
from sheetgrader.graders.figure_records import Figure, figures_from
from sheetgrader.graders.scoring import linear, only_what_counts
from sheetgrader.graders.student import Call, Student
from sheetgrader.grading.clock import alarm
from sheetgrader.grading.collected import (
    collection_error,
    conditions_of,
    facts_of_item,
    function_of,
    judges,
    rubric_of,
)
from sheetgrader.grading.failure_text import failure_text
from sheetgrader.grading.link import KernelLink
from sheetgrader.grading.script_fixture import Scripts
from sheetgrader.results import CriterionResult, Outcome

#: How much of a grader's own report instructors get to read, and of a sentence that a grader made students.
_DETAIL_CHARACTERS = 4000
_MESSAGE_CHARACTERS = 2000


class Course(Protocol):
    """What the plugin asks of the grading of one submission."""

    def grade(self, judge: Callable[[str], None]) -> None:
        """Run the notebooks; call ``judge`` with a cell's grade id when the cells up to it have run."""

    @property
    def student_link(self) -> KernelLink:
        """The way into the student's kernel as it is now."""

    @property
    def reference_link(self) -> KernelLink:
        """The way into the reference solution's kernel, run up to the cell that is judged now."""

    @property
    def scripts(self) -> Scripts:
        """The group's scripts."""

    @property
    def answer_digest(self) -> bytes:
        """A digest of all code that graders can see where the cell stands that is judged now."""

    def outputs_of(self, cell: str) -> str:
        """Return the text that a cell of the student's put out."""


@dataclass
class _Judgement:
    """What is known about the criterion that runs now."""

    seed: int
    outcome: Outcome = Outcome.RIGHT
    fraction: float = 1.0
    message: str = ""
    detail: str = ""
    seconds: float = 0.0
    calls: list[Call] = field(default_factory=list)


class GradingPlugin:
    """Runs a submission's criteria, each when its cell is reached, and keeps their verdicts."""

    def __init__(
        self,
        course: Course,
        *,
        cells: Sequence[str],
        secret: bytes,
        submission: str,
        call_seconds: float,
        question_seconds: float,
        only: frozenset[str] | None = None,
        by_themselves: bool = False,
    ) -> None:
        """Prepare it.

        Args:
            course: the grading of the submission.
            cells: its test cells, in order.
            secret: what random inputs follow from, besides the submission, the criterion and the answer.
            submission: whose it is, and of which sheet.
            call_seconds: how long one call may take, where its criterion does not say.
            question_seconds: how long all calls of one cell may take.
            only: the names of the criteria to judge; all where it is None.
            by_themselves: whether criteria count whatever becomes of those that they require.
        """
        self._course = course
        self._cells = cells
        self._secret = secret
        self._submission = submission
        # The copy that runs is gone when the author reads of it.
        self._grader_folder = f"grader_tests/{submission.partition(chr(0))[0]}/"
        self._call_seconds = call_seconds
        self._question_seconds = question_seconds
        self._only = only
        self._by_themselves = by_themselves
        self._items: dict[str, list[pytest.Item]] = {}
        self._order: list[pytest.Item] = []
        self._memory = Memory(self._told)
        self._judgement = _Judgement(seed=0)
        #: The tests that each test requires, by their names without a parametrised case.
        self.requires: dict[str, tuple[str, ...]] = {}
        #: The verdicts by cell.
        self.results: dict[str, tuple[CriterionResult, ...]] = {}
        self.failure: BaseException | None = None

    def criteria_of(self, cell: str) -> tuple[CriterionResult, ...]:
        """Return the verdicts on one cell's criteria."""
        return self.results.get(cell, ())

    def names(self) -> frozenset[str]:
        """Return the names of all criteria."""
        return frozenset(item.nodeid for item in self._order)

    def trainings(self) -> dict[str, frozenset[str]]:
        """Return by cell the names of the criteria whose answers train."""
        return {
            cell: frozenset(
                item.nodeid for item in items if (facts := facts_of_item(item)) is not None and facts.trains
            )
            for cell, items in self._items.items()
        }

    # Collection and the run loop.

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what is wrong with a grader file."""
        if report.failed and self.failure is None:
            self.failure = CourseError(collection_error(report))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Sort the criteria by the cells they judge, and find what they require of each other."""
        for cell in self._cells:
            self._items[cell] = [
                item
                for item in items
                if judges(facts_of_item(item), cell) and (self._only is None or item.nodeid in self._only)
            ]
        self._order = [item for cell in self._cells for item in self._items[cell]]
        try:
            self.requires = conditions_of(items)
        except CourseError as error:
            self.failure = self.failure or error

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> bool:
        """Walk through the notebooks and judge each cell when it is reached."""
        if self.failure is not None:
            return True
        try:
            self._course.grade(self._judge)
        except BaseException as failure:  # noqa: BLE001  # pytest would swallow it; the worker raises it again
            self.failure = failure
        return True

    def _judge(self, cell: str) -> None:
        if not self._items.get(cell):
            return
        self._course.student_link.begin_question(self._question_seconds)
        results = []
        for item in self._items[cell]:
            self._judgement = _Judgement(self._seed(item))
            position = self._order.index(item)
            following = self._order[position + 1] if position + 1 < len(self._order) else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            results.append(self._result(item))
        self.results[cell] = only_what_counts(results, {} if self._by_themselves else self.requires)

    def _result(self, item: pytest.Item) -> CriterionResult:
        facts = facts_of_item(item)
        assert facts is not None  # noqa: S101  # only criteria are in self._items
        cases = sum(1 for other in self._order if function_of(other) is function_of(item))
        judged = self._judgement
        return CriterionResult(
            name=item.nodeid,
            rubric=rubric_of(item),
            weight=facts.weight / cases,
            outcome=judged.outcome,
            fraction=judged.fraction,
            message=judged.message,
            hint=facts.hint if judged.fraction < 1 else "",
            detail=judged.detail,
            seconds=round(judged.seconds, 4),
            seed=judged.seed,
        )

    # One criterion.

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Give the grader's own code a clock, and point probes at this submission's kernel."""
        # Graders that use the global generators are to be repeatable, too.
        random.seed(self._judgement.seed)
        np.random.seed(list(divmod(self._judgement.seed, 1 << 32)))
        start = time.monotonic()
        seconds = 2 * self._question_seconds
        try:
            ended = GraderTimedOut(f"the grader took more than {seconds:g} s")
            # A student's numbers may overflow where they are computed with; what comes out fails every comparison.
            with alarm(seconds, ended), np.errstate(all="ignore"):
                return (yield)
        finally:
            self._judgement.seconds = time.monotonic() - start

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Turn what a criterion raised into a verdict, and make a report that costs little: pytest only counts them."""
        text = ""
        if call.excinfo is not None:
            error = call.excinfo.value
            text = failure_text(error, item.config.rootpath, shown=self._grader_folder)
            if call.when != "teardown":
                self._take_failure(error, text)
            elif not isinstance(error, StudentError):
                self._not_judged(text)
        assert call.when != "collect"  # noqa: S101  # pytest asks for reports of items alone
        return pytest.TestReport(
            item.nodeid,
            item.location,
            {},
            "failed" if call.excinfo else "passed",
            text or None,
            call.when,
            # What it printed, for those who look at it; pytest's own report takes it from there, too.
            sections=[(f"Captured {stream} {when}", printed) for when, stream, printed in item._report_sections],
        )

    def _take_failure(self, error: BaseException, text: str) -> None:
        judged = self._judgement
        if isinstance(error, StudentError):
            judged.outcome, judged.fraction, judged.message = error.outcome, 0.0, self._told(error)
            judged.detail = _detail(str(error))
        elif isinstance(error, Wrong):
            judged.outcome, judged.fraction, judged.message = Outcome.WRONG, 0.0, self._told(error)
            judged.detail = _detail(text)
        elif isinstance(error, AssertionError | pytest.fail.Exception):
            judged.outcome, judged.fraction, judged.message = Outcome.WRONG, 0.0, self._in_words(None, None)
            judged.detail = _detail(text)
        else:
            self._not_judged(text)

    def _not_judged(self, detail: str) -> None:
        self._judgement.outcome, self._judgement.fraction = Outcome.NOT_JUDGED, 0.0
        self._judgement.message = "This could not be judged automatically; a tutor will look at it."
        self._judgement.detail = _detail(detail)

    def _told(self, error: StudentError | Wrong) -> str:
        """Say what is wrong; a mistake that graders kept and raise again was made in the call that it was first told
        about.
        """
        error.told = error.told or self._in_words(error, error.value)
        return error.told

    def _in_words(self, error: Exception | None, value: object) -> str:
        """Say what was asked, what came back and what is wrong with it, without a reference value."""
        calls = self._judgement.calls
        call = next((call for call in reversed(calls) if call.gave(value)), calls[-1] if calls else None)
        sentence = str(error) if error is not None else ""
        if isinstance(error, Wrong) and error.place is not None and call is not None and call.gave(value):
            sentence = f"{sentence} {call.inputs_at(error.place)}".strip()
        # A grader may have put into it whatever the student's side gave, a name in a file or a line that was printed.
        return plain_text(sentence if call is None else f"{call.in_words()} {sentence}".strip(), _MESSAGE_CHARACTERS)

    def _seed(self, item: pytest.Item) -> int:
        """Return the seed of a criterion's random inputs: not to be guessed, the same when the same is graded again,
        and another one for another answer.
        """
        names = ("inputs", self._submission, item.nodeid, self._course.answer_digest)
        return number_for(self._secret, *names, bits=64)

    # Fixtures for graders.

    @pytest.fixture
    def student(self, request: pytest.FixtureRequest) -> Iterator[Student]:
        """The student's names: ``student.sigmoid(x)`` calls their function in the sandbox."""
        yield Student(self._open_link(request))
        Probe.runner = None

    def _open_link(self, request: pytest.FixtureRequest) -> KernelLink:
        link = self._course.student_link
        facts = facts_of_item(request.node)
        link.call_seconds = facts.timeout if facts is not None and facts.timeout is not None else self._call_seconds
        link.calls = self._judgement.calls
        Probe.runner = link
        return link

    @pytest.fixture
    def reference(self) -> Student:
        """The reference solution's names, behind the same proxy, in a sandbox of its own."""
        return Student(self._course.reference_link)

    @pytest.fixture
    def rng(self) -> np.random.Generator:
        """A random generator seeded from the course's secret, the group, the criterion and the answer's code."""
        return np.random.default_rng(self._judgement.seed)

    @pytest.fixture
    def stand_in(self, student: Student, request: pytest.FixtureRequest) -> Iterator[StandIns]:
        """Put a stand-in into the place of a student's name until the criterion ends: ``stand_in("sigmoid",
        harmless)``.
        """
        link, names = self._open_link(request), []

        def put(name: str, probe: Probe) -> None:
            link.put_stand_in(name, probe)
            names.append(name)

        yield StandIns(put, self._told)
        for name in reversed(names):
            link.take_stand_in_away(name)

    @pytest.fixture
    def memory(self) -> Memory:
        """What took long to get and is kept for other criteria of this submission: ``memory.get("model", train)``."""
        return self._memory

    @pytest.fixture
    def script(self, request: pytest.FixtureRequest) -> Iterator[Scripts]:
        """The group's scripts: ``script("train.py", "--epochs", "2", data=files)`` runs one by its command line in a
        sandbox of its own.
        """
        self._open_link(request)
        self._course.scripts.begin_criterion(self._judgement.calls)
        yield self._course.scripts
        Probe.runner = None

    @pytest.fixture
    def figures(self, request: pytest.FixtureRequest) -> Mapping[str, tuple[Figure, ...]]:
        """The figures that a cell drew: ``figures["ex1b_code"]``."""
        link = self._open_link(request)
        return _Lookup(lambda cell: figures_from(link.figures(cell)))

    @pytest.fixture
    def outputs(self) -> Mapping[str, str]:
        """The text that a cell put out: ``outputs["ex1b_code"]``."""
        return _Lookup(self._course.outputs_of)

    @pytest.fixture
    def award(self) -> Callable[..., None]:
        """Give a part of the points: ``award(accuracy, none_at=0.6, full_at=0.85)``."""

        def give(value: float, *, none_at: float, full_at: float) -> None:
            part = linear(float(value), none_at=none_at, full_at=full_at)
            self._judgement.fraction = part
            self._judgement.outcome = (
                Outcome.RIGHT if part >= 1 else Outcome.PARTLY_RIGHT if part > 0 else Outcome.WRONG
            )
            if part < 1:
                self._judgement.message = (
                    self._in_words(None, None) or f"{float(value):.4g} earns {100 * part:.0f} % of these points."
                )

        return give


def _detail(text: str) -> str:
    """Return the end of a report, where the reason stands."""
    return plain_text(text[-_DETAIL_CHARACTERS:], _DETAIL_CHARACTERS)


class _Lookup(dict[str, Any]):
    """Looks a cell up when it is asked for."""

    def __init__(self, find: Callable[[str], Any]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, cell: str) -> Any:
        return self._find(cell)
