"""Verdicts that change though nothing else does, and inputs that change with the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from sheetgrader.execution.class_grading import ClassGrading, GradeOptions
from sheetgrader.execution.reports import GroupReport
from sheetgrader.kernels.launcher import Zygote
from sheetgrader.results import CriterionResult, Outcome, SubmissionResult
from sheetgrader.store.final_scores import read_final_scores
from sheetgrader.store.kept_results import read_history, read_result

if TYPE_CHECKING:
    from tests.conftest import CourseBuilder

GRADERS = '''
import pytest
from sheetgrader import Wrong, criterion

@criterion("ex1")
@pytest.mark.parametrize("case", range(20))
def test_square(student, rng, case):
    """square(x) is the square of x."""
    x = float(rng.normal())
    found = student.square(x)
    if found != x**2:
        raise Wrong(f"For {x!r} it was wrong.")
'''
RIGHT = "def square(x):\n    return x**2"
LUCK = "import os\ndef square(x):\n    return x**2 + (os.urandom(1)[0] < 128)"
WRONG = "def square(x):\n    return x**3"

Grade = Callable[..., GroupReport]


@pytest.fixture
def course(builder: CourseBuilder) -> CourseBuilder:
    builder.source(
        builder.answer("ex1_code", RIGHT),
        builder.tests("ex1_test"),
        builder.answer("ex2_text", "", points=1.0, markdown=True),
    )
    builder.write("grader_tests/sheet/test_square.py", GRADERS)
    return builder


@pytest.fixture
def grade(course: CourseBuilder, zygote: Zygote) -> Grade:
    """Hand in an answer, grade it, and return what is said of it."""

    def run(
        answer: str, *, proof: str = "Because.", files: dict[str, str] | None = None, **options: Any
    ) -> GroupReport:
        course.submit(
            "noether",
            course.answer("ex1_code", answer),
            course.tests("ex1_test"),
            course.answer("ex2_text", proof, points=1.0, markdown=True),
        )
        for name, content in (files or {}).items():
            course.write(f"submitted/noether/sheet/{name}", content)
        sheet = course.load().sheet("sheet")
        return ClassGrading(sheet, ["noether"], zygote, GradeOptions(1, **options)).report().groups[0]

    return run


def kept(course: CourseBuilder) -> SubmissionResult:
    result = read_result(course.load().sheet("sheet"), "noether")
    assert result is not None
    return result


def criteria(course: CourseBuilder) -> tuple[CriterionResult, ...]:
    return kept(course).cells[0].criteria


def messages(course: CourseBuilder) -> list[str]:
    return [criterion.message for criterion in criteria(course)]


def test_an_answer_that_depends_on_luck_is_for_a_person(grade: Grade, course: CourseBuilder) -> None:
    assert not grade(LUCK).remarks
    first = criteria(course)
    report = grade(LUCK, force=True)
    assert report.needs_attention
    (remark,) = report.remarks
    assert remark.startswith("ex1 is unstable: the same answer was judged more than once and not always alike by test_")
    sheet = course.load().sheet("sheet")
    (row, _) = read_final_scores(sheet)["noether"].cells
    assert (row.grade_id, row.auto_points, row.needs_manual_grade) == ("ex1_test", None, True)
    # Both results are kept.
    assert [result.cells[0].criteria for result in read_history(sheet, "noether")] == [first]
    assert kept(course).cells[0].outcome is Outcome.NOT_JUDGED
    assert any("a tutor decides" in criterion.remark for criterion in criteria(course))


def test_a_dry_run_tells_it_too_and_writes_nothing(grade: Grade, course: CourseBuilder) -> None:
    grade(LUCK)
    first = kept(course)
    assert grade(LUCK, force=True, dry_run=True).remarks
    assert kept(course) == first


def test_no_other_answer_in_between_and_no_comment_hides_it(grade: Grade, course: CourseBuilder) -> None:
    grade(LUCK)
    assert not grade(WRONG).remarks
    assert grade(f"# Mine.\n{LUCK}  # luck", proof="As before.").remarks


def test_judging_twice_tells_those_that_differ(grade: Grade, course: CourseBuilder) -> None:
    grade(LUCK)
    assert not grade(LUCK).remarks
    assert grade(LUCK, twice=True).remarks
    assert not grade(RIGHT, twice=True).remarks


def test_what_fails_for_sure_is_never_unstable(grade: Grade, course: CourseBuilder) -> None:
    grade(WRONG)
    report = grade(WRONG, force=True, twice=True)
    assert (report.points, report.remarks, report.needs_attention) == (0.0, (), False)


def test_a_regrade_repeats_the_inputs_and_another_answer_gets_others(grade: Grade, course: CourseBuilder) -> None:
    grade(WRONG)
    first = messages(course)
    grade(WRONG, force=True)
    assert messages(course) == first
    grade(f"# By us.\n{WRONG}\n\n", proof="A better proof.", files={"proof.pdf": "%PDF"})
    assert messages(course) == first
    grade("def square(x):\n    return x**4")
    assert not set(messages(course)) & set(first)


def test_who_reads_the_inputs_in_their_feedback_gets_others(grade: Grade, course: CourseBuilder) -> None:
    grade(WRONG)
    seen = [float(message.split("For ")[1].split(" it was")[0]) for message in messages(course)]
    table = {x: x**2 for x in seen}
    for files in ({}, {"table.txt": repr(table)}):
        grade(f"table = {table!r}\ndef square(x):\n    return table.get(x, -1.0)", files=files)
        assert {criterion.outcome for criterion in criteria(course)} == {Outcome.WRONG}


@pytest.mark.parametrize("place", ["comment", "proof.pdf"])
def test_a_table_where_nothing_counts_makes_the_verdict_unstable(
    grade: Grade, course: CourseBuilder, place: str
) -> None:
    """The inputs do not follow comments and proofs, which code can read all the same."""
    reading = "In[-1].split('#')[-1]" if place == "comment" else "open('proof.pdf').read()"
    answer = (
        f"import ast\ntable = ast.literal_eval({reading}.strip())\ndef square(x):\n    return table.get(x, -1.0)\n#"
    )

    def hand_in(table: dict[float, float]) -> GroupReport:
        return grade(f"{answer} {table!r}", files={"proof.pdf": repr(table)})

    hand_in({})
    seen = [float(message.split("For ")[1].split(" it was")[0]) for message in messages(course)]
    report = hand_in({x: x**2 for x in seen})
    assert {criterion.outcome for criterion in criteria(course)} == {Outcome.RIGHT}
    assert report.points == 0
    assert report.remarks


def test_the_graded_notebook_is_what_was_judged(grade: Grade, course: CourseBuilder) -> None:
    grade(WRONG, twice=True)
    written = course.load().sheet("sheet").autograded_folder("noether") / "sheet.ipynb"
    outputs = [cell.outputs for cell in nbformat.read(written, as_version=4).cells if cell.get("outputs")]
    assert len(outputs) == 1
    assert messages(course)[0] in outputs[0][0].data["text/plain"]
