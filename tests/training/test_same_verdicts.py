"""Question 6 of sheet 1 and ``sheetgrader train`` judge a script alike, verdict by verdict."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from sheetgrader.audit.variants import Variant, variants_of
from sheetgrader.course.directory import Course
from sheetgrader.grading.session import References
from sheetgrader.grading.worker import grade_submission
from sheetgrader.items import WorkItem
from sheetgrader.kernels.launcher import ZygoteConnection
from sheetgrader.training.evidence.rules import RULES
from sheetgrader.training.job import JobResult

ROOT = Path(__file__).parents[2]
SHEET = Course.load(ROOT).sheet("sheet1_basics")
SCRIPT = "train_fashion_mnist.py"
GRADERS = ("training_runs.py", "test_training_script.py", "test_data_splits.py", "test_trained_network.py")
QUESTIONS = ("ex6a", "ex6b", "ex6c")
VARIANTS = {str(variant): variant for variant in variants_of(SHEET) if variant.question in QUESTIONS}
#: One of each kind.
QUICK = (
    "ex6a/right_slow_learning",
    "ex6a/wrong_output_folder",
    "ex6b/wrong_labels_shuffled",
    "ex6c/wrong_trains_on_the_test_set",
)
#: They take their time, and fail by the limits on it.
ENDLESS = ("ex6a/wrong_never_ends", "ex6a/wrong_writes_ten_gigabytes")

#: A grader that tells all verdicts.
TELLING = '''
from training_runs import evidence_of

from sheetgrader import Wrong, criterion
from sheetgrader.training.evidence.rules import judge_all

@criterion("all_verdicts")
def test_verdicts(script):
    """What all verdicts are."""
    verdicts = judge_all(evidence_of(script))
    raise Wrong(" ".join(f"{verdict.name}={verdict.outcome.name}" for verdict in verdicts))
'''

Verdicts = dict[str, str]


@pytest.fixture
def judge_as_grading(make_item: Callable[..., WorkItem], connection: ZygoteConnection) -> Callable[[str], Verdicts]:
    """Grade a script by the graders of question 6, and return all verdicts that these rest on."""

    def judge(script: str) -> Verdicts:
        item = make_item(
            [("all_verdicts_test", "#"), *((f"{question}_test", "#") for question in QUESTIONS)],
            files={SCRIPT: script.encode()},
            question_seconds=120.0,
            submission_seconds=600.0,
        )
        graders = {name: (SHEET.grader_folder / name).read_bytes() for name in GRADERS}
        item = msgspec.structs.replace(item, graders={**graders, "test_verdicts.py": TELLING.encode()})
        told, *cells = grade_submission(item, connection, References(connection)).result.cells
        assert all(cell.points is not None and len(cell.criteria) > 3 for cell in cells)
        (criterion,) = told.criteria
        return dict(word.split("=") for word in criterion.message.split())

    return judge


def _assert_judged_alike(
    script: str, judge_as_grading: Callable[[str], Verdicts], run_as_training: Callable[..., JobResult]
) -> Verdicts:
    graded = judge_as_grading(script)
    trained = run_as_training(script, epochs=10)
    assert {verdict.name: verdict.outcome.name for verdict in trained.verdicts} == graded
    assert list(graded) == [rule.name for rule in RULES]
    return graded


def test_the_reference_is_right_by_both(
    reference_script: str, judge_as_grading: Callable[[str], Verdicts], run_as_training: Callable[..., JobResult]
) -> None:
    assert set(_assert_judged_alike(reference_script, judge_as_grading, run_as_training).values()) == {"RIGHT"}


@pytest.mark.parametrize(
    "variant",
    [
        pytest.param(variant, id=name, marks=() if name in QUICK else pytest.mark.slow)
        for name, variant in VARIANTS.items()
        if name not in ENDLESS
    ],
)
def test_a_variant_is_judged_alike_by_both(
    variant: Variant, judge_as_grading: Callable[[str], Verdicts], run_as_training: Callable[..., JobResult]
) -> None:
    verdicts = _assert_judged_alike(variant.source, judge_as_grading, run_as_training)
    assert variant.is_right == (set(verdicts.values()) == {"RIGHT"})
