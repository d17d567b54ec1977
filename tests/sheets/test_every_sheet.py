"""Every sheet: its notebook against what was agreed, its graders against its own answers, right and wrong ones."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

import pytest
from nbformat import NotebookNode

from sheetgrader.audit.variant_grading import VariantGrading
from sheetgrader.audit.variants import Variant, batches
from sheetgrader.results import Outcome

from .assertions import assert_all_points, assert_graded_as_stated
from .sheets import SHEETS, AgreedSheet, course
from .solutions import definitions_in, source_of

Together = dict[str, Variant]


@pytest.fixture(params=SHEETS, ids=str)
def agreed(request) -> AgreedSheet:
    return request.param


@pytest.fixture
def sheet(graded_sheet, agreed) -> VariantGrading:
    return graded_sheet(agreed)


@pytest.fixture
def source(sheet, agreed):
    """The notebook with the reference solution."""
    return sheet.sources[agreed.name]


@pytest.fixture
def skeleton(sheet, agreed):
    """The notebook that students get."""
    return sheet.skeletons[agreed.name]


# The notebook


def agreed_cells(agreed: AgreedSheet) -> list[tuple[str, str, str, float | None]]:
    """Return grade id, cell type, nbgrader's kind and points of all cells, in order."""
    cells: list[tuple[str, str, str, float | None]] = [
        ("title", "markdown", "read-only", None),
        ("team", "code", "plain", None),
        ("imports", "code", "read-only", None),
    ]
    for question in agreed.questions:
        cells += [(name, cell_type, "read-only", None) for name, cell_type in question.before]
        cells.append((question.name, "markdown", "read-only", None))
        cells += [(name, "code", "read-only", None) for name in question.given]
        if question.defines:
            cells.append((question.code, "code", "answer", None))
        if question.points_for_tests:
            cells += [(f"{question.name}_check", "code", "read-only", None)] if question.has_check else []
            cells.append((question.test, "code", "tests", question.points_for_tests))
        if question.points_for_text:
            cells.append((f"{question.name}_text", "markdown", "marked by hand", question.points_for_text))
    return cells


def kind_of(metadata) -> str:
    kinds = {
        (False, False, True): "read-only",
        (False, False, False): "plain",
        (False, True, False): "answer",
        (True, False, True): "tests",
        (True, True, False): "marked by hand",
    }
    return kinds[metadata.grade, metadata.solution, metadata.locked]


@pytest.mark.parametrize("which", ["source", "skeleton"])
def test_the_notebook_has_the_agreed_cells(agreed, which, request):
    cells = request.getfixturevalue(which).cells
    found = []
    for cell in cells:
        metadata = cell.metadata.nbgrader
        found.append((metadata.grade_id, cell.cell_type, kind_of(metadata), metadata.get("points")))
    assert found == agreed_cells(agreed)
    assert [cell.id for cell in cells] == [name for name, *_ in found]
    bonus = sum(points or 0 for name, *_, points in found if name.startswith("bonus"))
    assert (sum(points or 0 for *_, points in found) - bonus, bonus) == (agreed.points, agreed.bonus_points)


def test_the_regulations_are_those_of_the_document(agreed):
    sheet = course().sheet(agreed.name)
    assert sheet.regulations.group_size == agreed.group_size
    assert sheet.regulations.files == agreed.files
    assert sheet.regulations.bonus == agreed.bonus
    assert tuple(sheet.source_files()) == agreed.data


def signature_of(node: ast.FunctionDef | ast.ClassDef) -> str:
    if isinstance(node, ast.FunctionDef):
        return f"{node.name}({ast.unparse(node.args)})"
    (constructor,) = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
    return f"{node.name}({ast.unparse(constructor.args).removeprefix('self').removeprefix(', ')})"


def test_every_answer_keeps_its_signatures_in_the_skeleton(agreed, skeleton):
    for question in agreed.answered:
        code = source_of(skeleton, question.code)
        assert all(name in source_of(skeleton, f"{question.name}_check") for name in question.names), question.name
        if "(" not in question.defines[0]:
            assert code.endswith("# YOUR CODE HERE\nraise NotImplementedError()"), question.name
            continue
        nodes = [node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        assert tuple(map(signature_of, nodes)) == question.defines, question.name
        for node in nodes:
            assert ast.get_docstring(node), node.name
            lines = (ast.get_source_segment(code, node) or "").splitlines()
            assert [line.strip() for line in lines[-2:]] == ["# YOUR CODE HERE", "raise NotImplementedError()"], (
                node.name
            )


def test_every_text_has_a_model_answer_and_a_marking_scheme(agreed, source):
    for cell in source.cells:
        if cell.id.endswith("_text"):
            answer, _, scheme = cell.source.partition("### BEGIN MARK SCHEME")
            points = cell.metadata.nbgrader.points
            point = agreed.bonus_point if cell.id.removesuffix("_text") in agreed.bonus else "point"
            assert len(answer) > agreed.model_answer, cell.id
            assert f"**{points:g} {point}{'' if points == 1 else 's'}**" in scheme, cell.id
            assert scheme.endswith("### END MARK SCHEME"), cell.id


def test_the_skeleton_holds_no_answer(agreed, skeleton):
    for cell in skeleton.cells:
        if cell.id.endswith("_text"):
            assert cell.source == "YOUR ANSWER HERE"
        if cell.id.endswith("_test"):
            assert cell.source.startswith("#")
            assert "\n" not in cell.source
    released = "\n".join(cell.source for cell in skeleton.cells)
    for secret in ("MARK SCHEME", "SOLUTION", *agreed.secrets):
        assert secret not in released, secret


# The graders


def test_the_reference_gets_all_points(agreed, sheet):
    reference = sheet.grade()
    assert reference.notes == ()
    assert_all_points(reference, agreed.judged)
    assert [run for run in reference.runs if run.outcome is not Outcome.RIGHT] == []


def test_the_skeleton_gets_no_points(sheet):
    result = sheet.grade(skeleton=True)
    assert {cell.grade_id: cell.points for cell in result.cells if cell.points} == {}
    assert Outcome.NOT_JUDGED not in {cell.outcome for cell in result.cells if cell.criteria}


def test_every_criterion_tells_students_what_it_asks_and_gives_a_hint(agreed, sheet):
    result = sheet.grade({question.code: "" for question in agreed.answered}, skeleton=True)
    of_scripts = {question.test for question in agreed.judged if question.script}
    assert sum(len(cell.criteria) for cell in result.cells) > agreed.criteria
    for cell in result.cells:
        for criterion in cell.criteria:
            assert criterion.fraction == 0
            assert len(criterion.rubric) > 20, criterion.name
            assert len(criterion.hint) > 20, criterion.name
            missing = "was not handed in" if cell.grade_id in of_scripts else "is not defined"
            assert missing in criterion.message, criterion.name


# Variants of answers


def test_there_are_enough_variants(agreed):
    for question in agreed.judged:
        members = [variant for variant in agreed.variants if variant.question == question.name]
        assert sum(variant.is_right for variant in members) >= 3, question.name
        assert sum(not variant.is_right for variant in members) >= 4, question.name
        assert all(variant.loses for variant in members if not variant.is_right), question.name


def one_of_each_kind(variants: Iterable[Variant]) -> list[Variant]:
    """Return the first right and the first wrong variant of each question."""
    first: dict[tuple[str, bool], Variant] = {}
    for variant in variants:
        first.setdefault((variant.question, variant.is_right), variant)
    return list(first.values())


def close_calls(agreed: AgreedSheet) -> list[Together]:
    return [
        together
        for names in agreed.close_calls
        for together in batches((agreed.variant(name) for name in names), agreed.builds_on)
    ]


def as_test_cases(groups: dict[AgreedSheet, list[Together]]) -> list[Any]:
    return [
        pytest.param(agreed, together, id=f"{agreed}-{'+'.join(map(str, together.values()))}")
        for agreed, of_sheet in groups.items()
        for together in of_sheet
    ]


@pytest.mark.parametrize(
    ("agreed", "together"),
    as_test_cases({agreed: batches(one_of_each_kind(agreed.variants), agreed.builds_on) for agreed in SHEETS}),
)
def test_a_variant_of_each_kind_is_graded_as_it_states(agreed, sheet, together):
    grade_together(agreed, sheet, together)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("agreed", "together"), as_test_cases({agreed: batches(agreed.variants, agreed.builds_on) for agreed in SHEETS})
)
def test_all_variants_are_graded_as_they_state(agreed, sheet, together):
    grade_together(agreed, sheet, together)


#: How often the random inputs are drawn anew.
TIMES = 20


@pytest.mark.slow
@pytest.mark.parametrize(("agreed", "together"), as_test_cases({agreed: close_calls(agreed) for agreed in SHEETS}))
def test_scores_do_not_depend_on_the_random_inputs(agreed, sheet, together):
    for run in range(TIMES):
        grade_together(agreed, sheet, together, secret=str(run).encode())


@pytest.mark.slow
def test_the_score_of_the_reference_does_not_depend_on_the_random_inputs(agreed, sheet, source):
    answers = definitions(agreed, source) if agreed.trains else {}
    for run in range(TIMES):
        assert_all_points(sheet.grade(answers, secret=str(run).encode()), agreed.judged)


def grade_together(
    agreed: AgreedSheet, sheet: VariantGrading, together: Together, *, secret: bytes = b"secret"
) -> None:
    """Grade variants of several questions at once, beside all of the reference solution where it does not train, else
    beside what they may build on.
    """
    answers = {}
    if agreed.trains:
        needed = {name for question in together for name in agreed.builds_on.get(question, ())}
        found = definitions(agreed, sheet.sources[agreed.name])
        answers = {each.code: found[each.code] if each.name in needed else "" for each in agreed.answered}
    result = sheet.grade(answers, variants=together.values(), secret=secret)
    for variant in together.values():
        assert_graded_as_stated(variant, result)
    if not agreed.trains:
        files = {variant.file for variant in together.values() if variant.file}
        others = [each for each in agreed.judged if each.name not in together and each.script not in files]
        assert_all_points(result, others)


def definitions(agreed: AgreedSheet, notebook: NotebookNode) -> dict[str, str]:
    """Return the cells of all answers with their definitions alone; those that define values stay whole."""
    sources = {question.code: source_of(notebook, question.code) for question in agreed.answered}
    return {name: "\n\n\n".join(definitions_in(source).values()) or source for name, source in sources.items()}
