"""Sheet 3: its graders against its own answers, and against right and wrong ones."""

from __future__ import annotations

import pytest

from sheetgrader.results import Outcome

from .sheet3 import BUILDS_ON, CODE, SHEET
from .variants import GradedSheet, Variant, assert_graded_as_stated, batches, cell_of, lost, variants_of

VARIANTS = variants_of(SHEET)


@pytest.fixture(scope="module")
def sheet(graded_sheet) -> GradedSheet:
    return graded_sheet(SHEET)


@pytest.fixture(scope="module")
def reference(sheet):
    return sheet.grade()


def test_the_reference_gets_all_points(reference):
    assert reference.notes == ()
    for question in CODE:
        cell = cell_of(reference, f"{question.name}_test")
        assert cell.points == cell.max_points, lost(cell)
    assert [run for run in reference.runs if run.outcome is not Outcome.RIGHT] == []


def test_the_skeleton_gets_no_points(sheet):
    result = sheet.grade(skeleton=True)
    assert {cell.grade_id: cell.points for cell in result.cells if cell.points} == {}
    assert Outcome.NOT_JUDGED not in {cell.outcome for cell in result.cells if cell.criteria}


def test_every_criterion_tells_students_what_it_asks_and_gives_a_hint(sheet):
    result = sheet.grade(dict.fromkeys((f"{question.name}_code" for question in CODE), ""))
    criteria = [criterion for cell in result.cells for criterion in cell.criteria]
    assert len(criteria) > 40
    for criterion in criteria:
        assert criterion.fraction == 0
        assert len(criterion.rubric) > 20, criterion.name
        assert len(criterion.hint) > 20, criterion.name
        assert "is not defined" in criterion.message, criterion.name


def one_of_each_kind(variants: list[Variant]) -> list[Variant]:
    """Return the first right and the first wrong variant of each question."""
    first: dict[tuple[str, bool], Variant] = {}
    for variant in variants:
        first.setdefault((variant.question, variant.is_right), variant)
    return list(first.values())


def test_there_are_enough_variants():
    for question in CODE:
        members = [variant for variant in VARIANTS if variant.question == question.name]
        assert sum(variant.is_right for variant in members) >= 3, question.name
        assert sum(not variant.is_right for variant in members) >= 4, question.name
        assert all(variant.loses for variant in members if not variant.is_right), question.name


def as_test_cases(groups: list[dict[str, Variant]]) -> list[object]:
    return [pytest.param(group, id="+".join(map(str, group.values()))) for group in groups]


@pytest.mark.parametrize("together", as_test_cases(batches(one_of_each_kind(VARIANTS), BUILDS_ON)))
def test_a_variant_of_each_kind_is_graded_as_it_states(sheet, together):
    grade_together(sheet, together)


@pytest.mark.slow
@pytest.mark.parametrize("together", as_test_cases(batches(VARIANTS, BUILDS_ON)))
def test_all_variants_are_graded_as_they_state(sheet, together):
    grade_together(sheet, together)


def grade_together(sheet: GradedSheet, together: dict[str, Variant], *, secret: bytes = b"secret") -> None:
    """Grade variants of several questions at once; what they do not build on is left out, as training takes long."""
    needed = {*together, *(name for question in together for name in BUILDS_ON.get(question, ()))}
    answers = {f"{question.name}_code": "" for question in CODE if question.name not in needed}
    result = sheet.grade({**answers, **{variant.cell: variant.source for variant in together.values()}}, secret=secret)
    for variant in together.values():
        assert_graded_as_stated(variant, result)


#: Answers that get a part of their points, those among them whose training or whose measured numbers come closest to
#: where points are lost.
PARTLY_RIGHT = [
    variant
    for variant in VARIANTS
    if str(variant)
    in {
        "ex1b/wrong_sign_of_cosine",
        "ex1c/wrong_finite_difference",
        "ex2a/wrong_no_bias_correction",
        "ex2b/wrong_epsilon_inside",
        "ex2d/wrong_penalty_in_the_gradient",
        "ex3a/wrong_overlapping",
        "ex3a/wrong_seed_ignored",
        "ex3c/wrong_broadcast",
        "ex3c/wrong_gradients_accumulate",
        "ex3d/wrong_one_good_rate",
        "ex3d/wrong_training_errors_twice",
        "ex3e/wrong_logarithm_of_density",
        "ex3f/wrong_constant_variance",
        "ex3f/wrong_standard_deviation",
        "bonus4a/wrong_normalised_once",
        "bonus4a/wrong_spectral_norm",
        "bonus4a/wrong_without_skip",
        "bonus4b/wrong_power_of_two",
    }
]


@pytest.mark.slow
@pytest.mark.parametrize("together", as_test_cases(batches(PARTLY_RIGHT, BUILDS_ON)))
def test_scores_of_partly_right_answers_do_not_depend_on_the_random_inputs(sheet, together):
    for run in range(20):
        grade_together(sheet, together, secret=str(run).encode())


@pytest.mark.slow
def test_the_score_of_the_reference_does_not_depend_on_the_random_inputs(sheet):
    for run in range(20):
        result = sheet.grade(secret=str(run).encode())
        for question in CODE:
            cell = cell_of(result, f"{question.name}_test")
            assert cell.points == cell.max_points, (run, lost(cell))
