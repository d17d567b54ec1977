from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
import pytest

from sheetgrader.errors import CourseError
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
from sheetgrader.grading.collection import run_pytest_in
from sheetgrader.grading.link import KernelLink, ReferenceFailed
from sheetgrader.grading.plugin import GradingPlugin
from sheetgrader.grading.script_fixture import Scripts
from sheetgrader.results import CriterionResult, Outcome

from ..graders.fake_link import FakeLink

IMPORTS = """
import numpy as np
import pytest
from sheetgrader import StudentError, Wrong, allow_none, criterion, fetch, probe
"""
TO_A_TUTOR = "This could not be judged automatically; a tutor will look at it."


class FakeCourse:
    """Reaches the test cells one after the other, with names that answer from a table."""

    def __init__(
        self,
        cells: tuple[str, ...],
        student: Mapping[str, object],
        reference: Mapping[str, object],
        answers: bytes = b"answers",
    ) -> None:
        self.answers = answers
        self._cells = cells
        self.student = FakeLink(student)
        self.reference = FakeLink(reference)

    def grade(self, judge: Callable[[str], None]) -> None:
        """Reach one cell after the other."""
        for cell in self._cells:
            judge(cell)

    @property
    def student_link(self) -> KernelLink:
        """Answers for the student."""
        return cast("KernelLink", self.student)

    @property
    def reference_link(self) -> KernelLink:
        """Answers for the reference solution."""
        return cast("KernelLink", self.reference)

    @property
    def scripts(self) -> Scripts:
        """There are none."""
        raise NotImplementedError

    @property
    def answer_digest(self) -> bytes:
        """What the answers are."""
        return self.answers

    def outputs_of(self, cell: str) -> str:
        """Say which cell was asked for."""
        return f"output of {cell}"


def plugin_after(
    graders: str,
    *,
    student: Mapping[str, object] | None = None,
    reference: Mapping[str, object] | None = None,
    cells: tuple[str, ...] = ("ex1_test",),
    course: FakeCourse | None = None,
    submission: str = "noether",
    secret: bytes = b"secret",
    question_seconds: float = 20.0,
) -> GradingPlugin:
    """Judge a submission by one grader file."""
    plugin = GradingPlugin(
        course or FakeCourse(cells, student or {}, reference or {}),
        cells=cells,
        secret=secret,
        submission=submission,
        call_seconds=3.0,
        question_seconds=question_seconds,
    )
    with run_pytest_in({"test_graded.py": (IMPORTS + graders).encode()}) as run:
        run(plugin)
    return plugin


def results(graders: str, cell: str = "ex1_test", **options: Any) -> tuple[CriterionResult, ...]:
    plugin = plugin_after(graders, **options)
    assert plugin.failure is None
    return plugin.criteria_of(cell)


def verdict(body: str, fixtures: str = "student", **options: Any) -> CriterionResult:
    """The verdict of a criterion with this body."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    (result,) = results(
        f'@criterion("ex1", hint="Think.")\ndef test_it({fixtures}):\n    """It is right."""\n{lines}\n', **options
    )
    return result


# Verdicts


def test_what_passes_is_right() -> None:
    result = verdict("assert student.f(2) == 4", student={"f": 4})
    assert (result.outcome, result.fraction, result.message, result.hint) == (Outcome.RIGHT, 1.0, "", "")
    assert result.name == "test_graded.py::test_it"
    assert result.rubric == "It is right."
    assert result.seconds >= 0


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (MissingName, Outcome.WRONG),
        (BadValue, Outcome.WRONG),
        (Raised, Outcome.RAISED),
        (TimedOut, Outcome.TIMED_OUT),
        (Died, Outcome.KERNEL_DIED),
        (OutOfMemory, Outcome.OUT_OF_MEMORY),
        (OutOfProcesses, Outcome.OUT_OF_PROCESSES),
        (OutOfDisk, Outcome.OUT_OF_DISK),
    ],
)
def test_what_the_students_side_does_not_answer_is_named_for_it(kind: type[StudentError], outcome: Outcome) -> None:
    result = verdict("student.f(2)", student={"f": kind("It went wrong.")})
    assert (result.outcome, result.fraction) == (outcome, 0.0)
    assert result.message == "f(2) was asked for. It went wrong."
    assert result.hint == "Think."


def test_a_wrong_answer_is_told_with_the_call_that_gave_it() -> None:
    result = verdict('student.f(2)\nraise Wrong("It is no square.")', student={"f": 3})
    assert (result.outcome, result.fraction) == (Outcome.WRONG, 0.0)
    assert result.message == "f(2) returned 3. It is no square."


def test_a_bare_assertion_is_told_without_the_value_it_compares_with() -> None:
    result = verdict("secret = 271828\nassert student.f(2) == secret", student={"f": 3})
    assert (result.outcome, result.fraction) == (Outcome.WRONG, 0.0)
    assert result.message == "f(2) returned 3."
    assert "271828" in result.detail
    assert "271828" not in result.message + result.hint + result.rubric


def test_an_assertion_without_a_call_is_told_by_its_rubric_alone() -> None:
    result = verdict('pytest.fail("for instructors")')
    assert (result.outcome, result.fraction, result.message) == (Outcome.WRONG, 0.0, "")
    assert "for instructors" in result.detail


@pytest.mark.parametrize(
    "body",
    [
        "student.f(2)\n1 / 0",
        "student.f(2) == student.f",
        'pytest.skip("not today")',
        "raise SystemExit(0)",
        "student._private",
        "undefined",
    ],
    ids=["error", "comparison-with-a-proxy", "skip", "exit", "private", "name"],
)
def test_a_grader_that_fails_by_itself_judges_nobody(body: str) -> None:
    result = verdict(body, student={"f": 4})
    assert (result.outcome, result.fraction, result.message) == (Outcome.NOT_JUDGED, 0.0, TO_A_TUTOR)
    assert result.detail


def test_a_reference_that_fails_judges_nobody() -> None:
    result = verdict(
        "assert student.f(2) == reference.f(2)",
        "student, reference",
        student={"f": 4},
        reference={"f": ReferenceFailed("the reference solution failed: It ended.")},
    )
    assert (result.outcome, result.message) == (Outcome.NOT_JUDGED, TO_A_TUTOR)
    assert "the reference solution failed" in result.detail


def test_a_grader_that_does_not_end_judges_nobody() -> None:
    result = verdict("while True: pass", question_seconds=0.05)
    assert result.outcome is Outcome.NOT_JUDGED
    assert "the grader took more than 0.1 s" in result.detail


@pytest.mark.parametrize(
    ("value", "outcome", "fraction", "message"),
    [
        (0.6, Outcome.WRONG, 0.0, "accuracy() returned 0.6."),
        (0.725, Outcome.PARTLY_RIGHT, 0.5, "accuracy() returned 0.725."),
        (0.9, Outcome.RIGHT, 1.0, ""),
        (float("nan"), Outcome.WRONG, 0.0, "accuracy() returned nan."),
    ],
)
def test_an_award_is_a_part_of_the_points(value: float, outcome: Outcome, fraction: float, message: str) -> None:
    result = verdict(
        "award(student.accuracy(), none_at=0.6, full_at=0.85)", "student, award", student={"accuracy": value}
    )
    assert (result.outcome, result.message) == (outcome, message)
    assert result.fraction == pytest.approx(fraction)
    assert bool(result.hint) == (fraction < 1)


def test_an_award_without_a_call_says_what_it_earned() -> None:
    result = verdict("award(0.725, none_at=0.6, full_at=0.85)", "award")
    assert result.message == "0.725 earns 50 % of these points."


def test_what_fails_after_an_award_earns_nothing() -> None:
    result = verdict("award(0.7, none_at=0.6, full_at=0.85)\nassert False", "award")
    assert (result.outcome, result.fraction) == (Outcome.WRONG, 0.0)


@pytest.mark.parametrize(
    ("fixture", "outcome"),
    [
        ("student.f()\n    yield", Outcome.TIMED_OUT),
        ("1 / 0\n    yield", Outcome.NOT_JUDGED),
        ("assert False\n    yield", Outcome.WRONG),
        ("yield\n    1 / 0", Outcome.NOT_JUDGED),
        ("yield\n    assert False", Outcome.NOT_JUDGED),
        ("yield\n    student.f()", Outcome.RIGHT),
    ],
    ids=["no-answer", "error", "assertion", "error-later", "assertion-later", "no-answer-later"],
)
def test_a_graders_own_fixtures_count_too(fixture: str, outcome: Outcome) -> None:
    (result,) = results(
        f'@pytest.fixture\ndef mine(student):\n    {fixture}\n\n@criterion("ex1")\n'
        'def test_it(mine):\n    """It is right."""\n',
        student={"f": TimedOut("It did not finish.")},
    )
    assert result.outcome is outcome


# Sentences


def test_the_call_is_named_whose_value_is_wrong() -> None:
    wrong = np.array([1.0])
    result = verdict(
        'value = student.f(1)\nstudent.g(2)\nraise Wrong("It is negative.", value=value)',
        student={"f": wrong, "g": 4},
    )
    assert result.message == "f(1) returned [1]. It is negative."


def test_the_input_of_the_number_that_is_off_is_told() -> None:
    result = verdict(
        "import numpy as np\nfrom sheetgrader import assert_close\n"
        "assert_close(student.f(np.array([1, 2.5, -3.0])), [2, 5, -6])",
        student={"f": np.array([2.0, 5.0, 6.0])},
    )
    assert result.message.endswith(
        "returned [2, 5, 6]. 1 of the 3 numbers is not right: the one at index 2, which is 6. The input there is -3."
    )


def test_a_mistake_that_was_kept_is_told_by_the_call_in_which_it_was_made() -> None:
    first, second = results(
        """
kept = []

@criterion("ex1")
def test_first(student):
    \"\"\"One.\"\"\"
    try:
        student.f(1)
    except StudentError as error:
        kept.append(error)
        raise

@criterion("ex1")
def test_second(student):
    \"\"\"Two.\"\"\"
    student.g(2)
    raise kept[0]
""",
        student={"f": Raised("It raised ValueError."), "g": 3},
    )
    assert first.message == second.message == "f(1) was asked for. It raised ValueError."


def test_sentences_are_plain_and_short() -> None:
    result = verdict('raise Wrong("\\x1b[2J\\u202e" + "x" * 10**6)')
    assert result.message.isprintable()
    assert len(result.message) <= 2001
    assert len(result.detail) <= 4001


# Criteria and cells


TWO_CELLS = """
@criterion("ex2")
def test_second(student):
    \"\"\"Two.\"\"\"
    assert student.f()

@criterion("ex1", weight=3)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_first(student, number):
    \"\"\"One.\"\"\"
    assert student.f()

@criterion("ex1_test")
def test_named_by_its_cell(student):
    \"\"\"One, too.\"\"\"

@criterion("ex9")
def test_of_another_sheet(student):
    \"\"\"Nine.\"\"\"

def test_of_nobody():
    raise AssertionError
"""


def test_each_cell_is_judged_by_its_own_criteria_when_it_is_reached() -> None:
    plugin = plugin_after(TWO_CELLS, student={"f": True}, cells=("ex1_test", "ex2_test"))
    assert [result.name.partition("::")[2] for result in plugin.criteria_of("ex1_test")] == [
        "test_first[1]",
        "test_first[2]",
        "test_first[3]",
        "test_named_by_its_cell",
    ]
    assert [result.rubric for result in plugin.criteria_of("ex2_test")] == ["Two."]
    assert plugin.criteria_of("ex9_test") == ()
    assert plugin.failure is None


def test_cases_of_one_test_share_its_weight() -> None:
    weights = [result.weight for result in results(TWO_CELLS, student={"f": True})]
    assert weights == [1.0, 1.0, 1.0, 1.0]


def test_criteria_do_not_see_each_others_calls() -> None:
    graders = "\n".join(
        f'@criterion("ex1")\ndef test_{name}(student):\n    """It."""\n    {body}\n'
        for name, body in (("first", "student.f()"), ("second", "assert False"))
    )
    _, second = results(graders, student={"f": 1})
    assert second.message == ""


def test_a_criterion_has_its_own_clock_and_all_of_a_cell_share_another() -> None:
    course = FakeCourse(("ex1_test",), {"f": 1}, {})
    seconds: list[float] = []

    class Asked(FakeLink):
        def call(self, *arguments: Any) -> Any:
            seconds.append(self.call_seconds)
            return super().call(*arguments)

    course.student = Asked({"f": 1})
    graders = "\n".join(
        f'@criterion("ex1"{options})\ndef test_{name}(student):\n    """It."""\n    student.f()\n'
        for name, options in (("default", ""), ("own", ", timeout=7"))
    )
    plugin_after(graders, course=course)
    assert seconds == [3.0, 7.0]
    assert course.student.seconds_left == 20.0


def test_a_broken_grader_file_is_the_courses_fault_and_nothing_runs() -> None:
    course = FakeCourse(("ex1_test",), {}, {})
    plugin = plugin_after("import no_such_module\n", course=course)
    assert isinstance(plugin.failure, CourseError)
    assert "test_graded.py" in str(plugin.failure)
    assert "no_such_module" in str(plugin.failure)
    assert plugin.criteria_of("ex1_test") == ()


def test_what_goes_wrong_on_the_way_is_raised_again_by_who_asked() -> None:
    class Broken(FakeCourse):
        def grade(self, judge: Callable[[str], None]) -> None:
            raise KeyboardInterrupt

    plugin = plugin_after(TWO_CELLS, course=Broken((), {}, {}))
    assert isinstance(plugin.failure, KeyboardInterrupt)


# Fixtures

RANDOM = "raise Wrong(str([int(rng.integers(2**60)), int(np.random.randint(2**30))]))"


def test_random_inputs_are_the_same_on_a_regrade_and_nobody_elses() -> None:
    def drawn(**options: Any) -> tuple[str, int]:
        result = verdict(RANDOM, "rng", **options)
        return result.message, result.seed

    assert drawn() == drawn()
    other_answer = drawn(course=FakeCourse(("ex1_test",), {}, {}, answers=b"others"))
    assert len({drawn(), drawn(submission="gauss"), drawn(secret=b"another"), other_answer}) == 4
    first, second = results(
        "".join(
            f'@criterion("ex1")\ndef test_{name}(rng):\n    """It."""\n    {RANDOM}\n' for name in ("first", "second")
        )
    )
    assert first.message != second.message


def test_outputs_and_figures_are_looked_up_by_cell() -> None:
    assert verdict('assert outputs["ex1_code"] == "output of ex1_code"', "outputs").outcome is Outcome.RIGHT
    assert verdict('assert figures["ex1_code"] == ()', "figures", student={"ex1_code": []}).outcome is Outcome.RIGHT
    missing = {"ex1_code": MissingName("`ex1_code` was not run.")}
    assert verdict('figures["ex1_code"]', "figures", student=missing).message == "`ex1_code` was not run."


def test_a_probe_runs_while_a_criterion_does() -> None:
    graders = """
@probe
def count(model):
    return 1

@criterion("ex1")
def test_it(student):
    \"\"\"It is right.\"\"\"
    assert count(5) == 7
"""
    course = FakeCourse(("ex1_test",), {"count": 7}, {})
    (result,) = plugin_after(graders, course=course).criteria_of("ex1_test")
    assert result.outcome is Outcome.RIGHT
    assert course.student.asked == [("count", (5,), {})]
    assert Probe.runner is None


@pytest.mark.parametrize("ending", ["pass", "assert False", "student.f()"])
def test_stand_ins_are_taken_away_again_the_last_one_first(ending: str) -> None:
    graders = f"""
@probe
def harmless(original):
    return None

@criterion("ex1")
def test_it(student, stand_in):
    \"\"\"It is right.\"\"\"
    stand_in("f", harmless)
    stand_in("g", harmless)
    {ending}
"""
    course = FakeCourse(("ex1_test",), {"f": Died("It ended.")}, {})
    plugin_after(graders, course=course)
    asked = [name for name, _, _ in course.student.asked if name != "f"]
    assert asked == ["harmless for f", "harmless for g", "g itself", "f itself"]
