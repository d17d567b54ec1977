"""Sheet 4: its graders against its own answers, and against right and wrong ones."""

from __future__ import annotations

import ast

import pytest

from sheetgrader.results import Outcome, SubmissionResult

from .sheet4 import BUILDS_ON, CODE, SHEET
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


def grade_together(sheet: GradedSheet, together: dict[str, Variant], *, secret: bytes = b"secret") -> SubmissionResult:
    """Grade variants of several questions at once, beside what they build on alone, as training takes long."""
    answers = {**with_only(sheet, together), **{variant.cell: variant.source for variant in together.values()}}
    result = sheet.grade(answers, secret=secret)
    for variant in together.values():
        assert_graded_as_stated(variant, result)
    return result


def with_only(sheet: GradedSheet, questions) -> dict[str, str]:
    """Return cells that leave of the reference what ``questions`` build on: its definitions, without the plots that
    follow them.
    """
    needed = {name for question in questions for name in BUILDS_ON.get(question, ())}
    sources = {cell.id: cell.source for cell in sheet.source.cells}
    return {
        f"{question.name}_code": definitions_in(sources[f"{question.name}_code"]) if question.name in needed else ""
        for question in CODE
    }


def definitions_in(source: str) -> str:
    found = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return "\n\n\n".join(filter(None, (ast.get_source_segment(source, node) for node in found)))


#: Answers that get a part of their points, those among them whose training comes closest to where points are lost.
PARTLY_RIGHT = [
    {variant.question: variant for variant in VARIANTS if str(variant) in names}
    for names in (
        {"ex1a/wrong_tanh_in_pca", "bonus2a/wrong_default_network", "bonus2c/wrong_too_small"},
        {"ex1b/wrong_not_shuffled", "bonus2a/wrong_more_features", "bonus2c/wrong_pattern"},
        {
            "ex1d/wrong_through_the_encoder",
            "ex1g/wrong_nothing_frozen",
            "ex1h/wrong_never_steps",
            "bonus2c/wrong_regularized",
        },
    )
]
#: Right answers whose training takes longest to get where it has to.
BARELY_RIGHT = {
    variant.question: variant
    for variant in VARIANTS
    if str(variant) in {"ex1b/right_slow_learning", "bonus2a/right_relu", "bonus2c/right_relu"}
}
TIMES = 20


@pytest.mark.slow
@pytest.mark.parametrize("together", as_test_cases([BARELY_RIGHT, *PARTLY_RIGHT]))
def test_scores_do_not_depend_on_the_random_inputs(sheet, together):
    for seed in range(TIMES):
        grade_together(sheet, together, secret=f"secret {seed}".encode())


@pytest.mark.slow
def test_the_reference_gets_all_points_whatever_the_random_inputs(sheet):
    answers = {
        f"{question.name}_code": definitions_in(source_of(sheet, question.name))
        for question in CODE
        if question.name.startswith("ex1")
    }
    for seed in range(TIMES):
        result = sheet.grade(answers, secret=f"secret {seed}".encode())
        for question in CODE:
            cell = cell_of(result, f"{question.name}_test")
            assert cell.points == cell.max_points, (seed, question.name, lost(cell))


def source_of(sheet: GradedSheet, question: str) -> str:
    return next(cell.source for cell in sheet.source.cells if cell.id == f"{question}_code")


@pytest.mark.slow
def test_a_mistake_costs_its_own_question_only(sheet):
    """Models with a hidden layer too few and without PCA, and training that does nothing: what builds on them keeps its
    points.
    """
    wrong = {str(variant): variant.source for variant in VARIANTS if not variant.is_right}
    result = sheet.grade({"ex1a_code": wrong["ex1a/wrong_two_latent_values"], "ex1b_code": wrong["ex1b/wrong_copy"]})
    for question in CODE:
        cell = cell_of(result, f"{question.name}_test")
        assert (cell.points < cell.max_points) == (question.name in {"ex1a", "ex1b"}), (question.name, lost(cell))
