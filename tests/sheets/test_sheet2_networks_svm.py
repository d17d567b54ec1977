"""Sheet 2: its notebook against what was agreed, its graders against right and wrong answers."""

from __future__ import annotations

import ast

import pytest

from sheetgrader.course.regulations import read_regulations
from sheetgrader.results import Outcome

from .sheet2 import BUILDS_ON, QUESTIONS, SHEET, VARIANTS, without
from .variants import REPOSITORY, GradedSheet, Variant, assert_graded_as_stated, batches, cell_of, lost


@pytest.fixture(scope="module")
def sheet(graded_sheet) -> GradedSheet:
    return graded_sheet(SHEET)


# The notebook


def agreed_cells() -> list[tuple[str, str, str, float | None]]:
    """Return grade id, cell type, nbgrader's kind and points of all cells, in order."""
    cells: list[tuple[str, str, str, float | None]] = [
        ("title", "markdown", "read-only", None),
        ("team", "code", "plain", None),
        ("imports", "code", "read-only", None),
    ]
    for question in QUESTIONS:
        cells.append((question.name, "markdown", "read-only", None))
        cells += [(name, "code", "read-only", None) for name in question.given]
        cells.append((f"{question.name}_code", "code", "answer", None))
        cells.append((f"{question.name}_check", "code", "read-only", None))
        cells.append((f"{question.name}_test", "code", "tests", question.points_for_tests))
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


@pytest.mark.parametrize("which", ["source", "released"])
def test_the_notebook_has_the_agreed_cells(sheet, which):
    notebook = getattr(sheet, which)
    found = [
        (
            cell.metadata.nbgrader.grade_id,
            cell.cell_type,
            kind_of(cell.metadata.nbgrader),
            cell.metadata.nbgrader.get("points"),
        )
        for cell in notebook.cells
    ]
    assert found == agreed_cells()
    assert [cell.id for cell in notebook.cells] == [cell[0] for cell in found]
    assert sum(points or 0 for *_, points in found) == 20


def test_the_regulations_are_those_of_the_document():
    regulations = read_regulations(REPOSITORY / "source" / SHEET / "sheet.toml")
    assert regulations.group_size == (1, 2)
    assert regulations.files == (f"{SHEET}.ipynb", "*.pdf")


def signature_of(node: ast.FunctionDef | ast.ClassDef) -> str:
    if isinstance(node, ast.FunctionDef):
        return f"{node.name}({ast.unparse(node.args)})"
    constructor = next(each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__")
    return f"{node.name}({ast.unparse(constructor.args).removeprefix('self, ')})"


def test_every_answer_keeps_its_signatures_in_the_skeleton(sheet):
    cells = {cell.id: cell for cell in sheet.released.cells}
    for question in QUESTIONS:
        definitions = [
            node
            for node in ast.parse(cells[f"{question.name}_code"].source).body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
        ]
        assert tuple(map(signature_of, definitions)) == question.defines, question.name
        for node in definitions:
            assert ast.get_docstring(node), node.name
            assert node.name in cells[f"{question.name}_check"].source, node.name


def test_every_text_has_a_model_answer_and_a_marking_scheme(sheet):
    for cell in sheet.source.cells:
        if cell.id.endswith("_text"):
            answer, _, scheme = cell.source.partition("### BEGIN MARK SCHEME")
            points = cell.metadata.nbgrader.points
            assert len(answer) > 300, cell.id
            assert f"**{points:g} point{'' if points == 1 else 's'}**" in scheme, cell.id
            assert scheme.endswith("### END MARK SCHEME"), cell.id


def test_the_skeleton_holds_no_answer(sheet):
    for cell in sheet.released.cells:
        if cell.id.endswith("_text"):
            assert cell.source == "YOUR ANSWER HERE"
        if cell.id.endswith("_test"):
            assert cell.source.startswith("#")
            assert "\n" not in cell.source
    released = "\n".join(cell.source for cell in sheet.released.cells)
    for secret in (
        "MARK SCHEME",
        "SOLUTION",
        "0.5744",
        "0.5170",
        "1.1642",
        "np.outer",
        "randn_like",
        "nn.Linear(",
        "SLSQP",
        "SVC(C",
        "x_1 x_2 = 0",
    ):
        assert secret not in released


# The graders


@pytest.fixture(scope="module")
def reference(sheet):
    return sheet.grade()


def test_the_reference_gets_all_points(reference):
    assert reference.notes == ()
    for question in QUESTIONS:
        cell = cell_of(reference, f"{question.name}_test")
        assert cell.points == cell.max_points, lost(cell)
    assert [run for run in reference.runs if run.outcome is not Outcome.RIGHT] == []


def test_the_skeleton_gets_no_points(sheet):
    result = sheet.grade(skeleton=True)
    assert {cell.grade_id: cell.points for cell in result.cells if cell.points} == {}
    assert Outcome.NOT_JUDGED not in {cell.outcome for cell in result.cells if cell.criteria}


def test_every_criterion_tells_students_what_it_asks_and_gives_a_hint(sheet):
    result = sheet.grade(without(set()))
    criteria = [criterion for cell in result.cells for criterion in cell.criteria]
    assert len(criteria) > 50
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
    for question in QUESTIONS:
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


def grade_together(sheet: GradedSheet, together: dict[str, Variant], secret: bytes = b"secret") -> None:
    """Grade variants of several questions at once; what they do not build on is left out."""
    needed = {*together, *(name for question in together for name in BUILDS_ON.get(question, ()))}
    result = sheet.grade(
        {**without(needed), **{variant.cell: variant.source for variant in together.values()}}, secret=secret
    )
    for variant in together.values():
        assert_graded_as_stated(variant, result)


@pytest.mark.slow
@pytest.mark.parametrize("secret", [f"{number}".encode() for number in range(20)])
def test_scores_do_not_depend_on_the_random_inputs(sheet, secret):
    chosen = [
        "ex1a/wrong_tanh", "ex1b/right_autograd", "ex2a/right_nested_modules", "ex2b/wrong_latent_activation",
        "ex2c/right_functional",
        "ex2d/wrong_standard_deviation", "ex3a/right_svc", "ex3b/wrong_no_offset", "ex3d/wrong_exchanged",
    ]  # fmt: skip
    more = [
        "ex1b/wrong_sign",
        "ex2a/wrong_not_seeded",
        "ex2b/right_helper",
        "ex2c/wrong_sizes",
        "ex2d/right_distributions",
        "ex3a/wrong_soft_margin",
    ]
    for names in (chosen, more, ["ex2a/wrong_validation_trained", "ex3a/wrong_linear_system", "ex3c/right_kernel"]):
        for together in batches([variant for variant in VARIANTS if str(variant) in names], BUILDS_ON):
            grade_together(sheet, together, secret)


#: Wrong answers that others build on, with answers that do.
NONSENSE = {
    "ex1a_code": "def forward(x, W0, W1, W2):\n    return W0 @ x, 0, None, 'h2', 3",
    "ex3a_code": (
        "def dual_matrix(X, y):\n    return np.eye(len(y))\n\ndef solve_dual(X, y):\n    return np.arange(len(y)) * 1.0"
    ),
    "ex3b_code": (
        "def feature_map(X):\n    return X\n\ndef primal_solution(X, y, multipliers):\n    return np.ones(2), 0.5"
    ),
}
OF_THE_RIGHT_SHAPES = {
    "ex1a_code": (
        "def forward(x, W0, W1, W2):\n    h1 = np.tanh(W0 @ x)\n    h2 = np.tanh(W1 @ h1)\n    return W0 @ x, h1, W1 @"
        " h1, h2, W2 @ h2"
    ),
    "ex3a_code": (
        "def dual_matrix(X, y):\n    return np.eye(len(y))\n\ndef solve_dual(X, y):\n    return np.full(len(y), 0.25)"
    ),
    "ex3b_code": (
        "def feature_map(X):\n    return np.stack([0 * X[:, 0] + 1, *X.T, *X.T**2, X[:, 0] * X[:, 1]], axis=1)\n\n"
        "def primal_solution(X, y, multipliers):\n    return multipliers @ feature_map(X), 0.5"
    ),
}
UNPACKS_THE_OUTPUT = """
def gradients(x, y, W0, W1, W2):
    _, h1, _, h2, y_hat = forward(x, W0, W1, W2)
    delta2 = h2 * (1 - h2) * W2[0] * (y_hat[0] - y)
    return np.outer(h1 * (1 - h1) * (W1.T @ delta2), x), np.outer(delta2, h1), (y_hat[0] - y) * h2[None]


def sgd_update(x, y, W0, W1, W2, eta):
    return [W - eta * dW for W, dW in zip((W0, W1, W2), gradients(x, y, W0, W1, W2))]
"""


def variant_named(name: str) -> str:
    (found,) = [variant.source for variant in VARIANTS if str(variant) == name]
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    "answers",
    [
        NONSENSE,
        {
            **OF_THE_RIGHT_SHAPES,
            "ex1b_code": UNPACKS_THE_OUTPUT,
            "ex3c_code": variant_named("ex3c/right_computed_once"),
        },
        {
            **OF_THE_RIGHT_SHAPES,
            "ex1b_code": variant_named("ex1b/right_own_output"),
            "ex3c_code": variant_named("ex3c/right_kernel"),
        },
    ],
    ids=["nonsense", "of the right shapes", "of the right shapes, in another style"],
)
def test_a_mistake_costs_its_own_question_only(sheet, answers):
    """Every answer that others build on is wrong, and every answer that may build on one does."""
    result = sheet.grade({**without({"ex1b", "ex3c"}), **answers})
    for name in ("ex1a", "ex3a", "ex3b"):
        cell = cell_of(result, f"{name}_test")
        assert cell.points < cell.max_points, name
    for name in ("ex1b", "ex3c"):
        cell = cell_of(result, f"{name}_test")
        assert cell.points == cell.max_points, lost(cell)
