"""Sheet 2: its notebook against what was agreed, its facts against torch and scikit-learn, its graders against right and wrong answers."""

from __future__ import annotations

import ast
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from sklearn.svm import SVC

from sheetgrader.course.regulations import read_regulations
from sheetgrader.results import Outcome

from .variants import REPOSITORY, GradedSheet, Variant, assert_graded_as_stated, batches, cell_of, lost, variants_of

SHEET = "sheet2_networks_svm"


class Question(NamedTuple):
    name: str
    points_for_tests: float
    points_for_text: float | None
    #: What the student defines, as it stands in the contract.
    defines: tuple[str, ...]
    #: What stands in the notebook between the question and the answer.
    given: tuple[str, ...] = ()


QUESTIONS = [
    Question("ex1a", 2, None, ("forward(x, W0, W1, W2)",)),
    Question("ex1b", 3, None, ("gradients(x, y, W0, W1, W2)", "sgd_update(x, y, W0, W1, W2, eta)")),
    Question("ex2a", 1, 1, ("Autoencoder(dim_latent_representation=2)", "train_autoencoder(model, images, epochs, seed)"), given=("ex2_images",)),
    Question("ex2b", 1, 1, ("ReluAutoencoder(dim_latent_representation=2)",)),
    Question("ex2c", 1, 1, ("SigmoidAutoencoder(dim_latent_representation=2)",)),
    Question(
        "ex2d",
        2,
        2,
        (
            "TanhAutoencoder(dim_latent_representation=30)",
            "VAE(dim_latent_representation=30)",
            "vae_loss(x_hat, x, mu, logvar, kld_weight)",
        ),
    ),
    Question("ex3a", 2, None, ("dual_matrix(X, y)", "solve_dual(X, y)"), given=("ex3a_points",)),
    Question("ex3b", 1, None, ("feature_map(X)", "primal_solution(X, y, multipliers)")),
    Question("ex3c", 0.5, 0.5, ("decision_function(points)", "support_vector_mask(X, y, multipliers)")),
    Question("ex3d", 0.5, 0.5, ("fit_svms(X, y)",), given=("ex3d_data",)),
]
#: Whose answers a question may use.
BUILDS_ON = {"ex1b": ("ex1a",), "ex3b": ("ex3a",), "ex3c": ("ex3a", "ex3b")}

VARIANTS = variants_of(SHEET)


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
        (cell.metadata.nbgrader.grade_id, cell.cell_type, kind_of(cell.metadata.nbgrader), cell.metadata.nbgrader.get("points"))
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
        definitions = [node for node in ast.parse(cells[f"{question.name}_code"].source).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
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
    for secret in ("MARK SCHEME", "SOLUTION", "0.5744", "0.5170", "1.1642", "np.outer", "randn_like", "nn.Linear(", "SLSQP", "SVC(C", "x_1 x_2 = 0"):
        assert secret not in released


# The facts


@pytest.fixture(scope="module")
def solution(sheet) -> dict[str, Any]:
    """The names that the reference solution defines, without training or plotting anything."""
    names: dict[str, Any] = {}
    kept = ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom
    for cell in sheet.source.cells:
        if cell.id in ("imports", "ex3a_points", "ex3d_data") or cell.id.endswith("_code"):
            module = ast.parse(cell.source)
            if cell.id.endswith("_code"):
                module.body = [node for node in module.body if isinstance(node, kept)]
            exec(compile(module, cell.id, "exec"), names)  # noqa: S102  # the sheet's own cells
    plt.close("all")
    return names


EXAMPLE = np.ones(3), np.full((3, 3), 0.1), np.full((3, 3), 0.3), np.full((1, 3), 0.5)


def test_the_printed_example_of_question_1(solution):
    found = [np.unique(np.round(value, 4)).tolist() for value in solution["forward"](*EXAMPLE)]
    # The document prints 0.5117 for the third one.
    assert found == [[0.3], [0.5744], [0.5170], [0.6264], [0.9397]]
    assert 1 / (1 + np.exp(-0.5117)) == pytest.approx(0.6252, abs=5e-5)
    new = solution["sgd_update"](EXAMPLE[0], 2.0, *EXAMPLE[1:], 1.0)
    assert [np.unique(np.round(matrix, 4)).tolist() for matrix in new] == [[0.1273], [0.3713], [1.1642]]
    gradients = solution["gradients"](EXAMPLE[0], 2.0, *EXAMPLE[1:])
    h1, h2 = 0.574443, 0.626452
    assert [np.unique(np.round(each, 4)).tolist() for each in (gradients[2] / h2, gradients[1] / h1, gradients[0])] == [
        [-1.0603],
        [-0.1241],
        [-0.0273],
    ]


@pytest.mark.parametrize("sizes", [(3, 5, 4), (4, 2, 7)], ids=str)
def test_gradients_agree_with_autograd(solution, sizes):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=sizes[0]), 0.7
    matrices = [rng.normal(size=shape) for shape in ((sizes[1], sizes[0]), (sizes[2], sizes[1]), (1, sizes[2]))]
    tensors = [torch.tensor(matrix, requires_grad=True) for matrix in matrices]
    y_hat = tensors[2] @ torch.sigmoid(tensors[1] @ torch.sigmoid(tensors[0] @ torch.tensor(x)))
    (0.5 * (y_hat - y).square()).sum().backward()
    for found, matrix in zip(solution["gradients"](x, y, *matrices), tensors, strict=True):
        np.testing.assert_allclose(found, matrix.grad.numpy(), rtol=1e-12)


def test_the_numbers_of_parameters(solution):
    def count(model: torch.nn.Module) -> int:
        return sum(parameter.numel() for parameter in model.parameters())

    assert count(solution["Autoencoder"]()) == 784 * 2 + 2 + 2 * 784 + 784
    deep = 2 * 784 * 1024 + 1024 + 2 * 1024 * 2 + 2 + 1024 + 784
    assert count(solution["ReluAutoencoder"]()) == count(solution["SigmoidAutoencoder"]()) == deep
    assert count(solution["TanhAutoencoder"]()) == 784 * 30 + 30 + 30 * 784 + 784
    assert count(solution["VAE"]()) == 784 * 30 + 30 + 2 * (30 * 30 + 30) + 30 * 784 + 784


def test_the_divergence_is_that_of_torch(solution):
    generator = torch.Generator().manual_seed(0)
    mu, logvar = (torch.randn(20, 6, generator=generator) for _ in range(2))
    x = torch.zeros(20, 784)
    normal = torch.distributions.Normal(mu, (logvar / 2).exp())
    expected = torch.distributions.kl_divergence(normal, torch.distributions.Normal(0.0, 1.0)).mean()
    assert solution["vae_loss"](x, x, mu, logvar, 3.0).item() == pytest.approx(3 * expected.item(), rel=1e-5)
    assert solution["vae_loss"](x + 2, x, 0 * mu, 0 * logvar, 3.0).item() == pytest.approx(4.0)


def test_the_four_points_of_question_3(solution):
    X, y = solution["X_four"], solution["y_four"]
    Q = solution["dual_matrix"](X, y)
    assert np.diag(Q).tolist() == [9] * 4
    assert Q[0].tolist() == [9, -1, -1, 1]
    multipliers = solution["solve_dual"](X, y)
    np.testing.assert_allclose(multipliers, 1 / 8, atol=1e-6)
    np.testing.assert_allclose(Q.sum(axis=1), 8)
    w, b = solution["primal_solution"](X, y, multipliers)
    np.testing.assert_allclose(w, [0, 0, 0, 0, -np.sqrt(2) / 2, 0], atol=1e-6)
    assert b == pytest.approx(0, abs=1e-6)
    points = np.random.default_rng(1).normal(size=(9, 2))
    np.testing.assert_allclose(solution["decision_function"](points), -points[:, 0] * points[:, 1], atol=1e-5)
    np.testing.assert_allclose(solution["decision_function"](X), y, atol=1e-5)
    assert solution["support_vector_mask"](X, y, multipliers).all()


def test_the_dual_agrees_with_scikit_learn(solution):
    rng = np.random.default_rng(4)
    X = rng.normal(size=(12, 2))
    y = np.where(X[:, 0] ** 2 + X[:, 1] > 0.5, 1.0, -1.0)
    machine = SVC(C=1e8, kernel="poly", degree=2, gamma=1, coef0=1, tol=1e-8).fit(X, y)
    w, b = solution["primal_solution"](X, y, solution["solve_dual"](X, y))
    np.testing.assert_allclose(solution["feature_map"](X) @ w - b, machine.decision_function(X), rtol=1e-3)


def test_the_larger_penalty_has_fewer_support_vectors_on_the_given_data(solution):
    models = solution["fit_svms"](solution["X"], solution["y"])
    assert [len(models[penalty].support_) for penalty in (5, 0.05)] == [47, 122]
    graders: dict[str, Any] = {}
    exec((REPOSITORY / "grader_tests" / SHEET / "test_slack.py").read_text(), graders)  # noqa: S102  # the course's own grader
    for given, repeated in zip((solution["X"], solution["y"]), graders["given_data"](), strict=True):
        np.testing.assert_array_equal(given, repeated)


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


def without(needed: set[str]) -> dict[str, str]:
    """Return empty answers to all questions but those that are ``needed``: training takes long."""
    return {f"{question.name}_code": "" for question in QUESTIONS if question.name not in needed}


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


def as_test_cases(groups: list[dict[str, Variant]]) -> list:
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
    result = sheet.grade({**without(needed), **{variant.cell: variant.source for variant in together.values()}}, secret=secret)
    for variant in together.values():
        assert_graded_as_stated(variant, result)


@pytest.mark.slow
@pytest.mark.parametrize("secret", [f"{number}".encode() for number in range(20)])
def test_scores_do_not_depend_on_the_random_inputs(sheet, secret):
    chosen = [
        "ex1a/wrong_tanh", "ex1b/right_autograd", "ex2a/right_nested_modules", "ex2b/wrong_latent_activation", "ex2c/right_functional",
        "ex2d/wrong_standard_deviation", "ex3a/right_svc", "ex3b/wrong_no_offset", "ex3d/wrong_exchanged",
    ]  # fmt: skip
    more = ["ex1b/wrong_sign", "ex2a/wrong_not_seeded", "ex2b/right_helper", "ex2c/wrong_sizes", "ex2d/right_distributions", "ex3a/wrong_soft_margin"]
    for names in (chosen, more, ["ex2a/wrong_validation_trained", "ex3a/wrong_linear_system", "ex3c/right_kernel"]):
        for together in batches([variant for variant in VARIANTS if str(variant) in names], BUILDS_ON):
            grade_together(sheet, together, secret)


@pytest.mark.slow
def test_a_mistake_costs_its_own_question_only(sheet):
    """Every answer that others build on is wrong, and every answer that may build on one does."""
    answers = {
        **without({"ex1b", "ex3c"}),
        "ex1a_code": "def forward(x, W0, W1, W2):\n    return W0 @ x, 0, None, 'h2', 3",
        "ex3a_code": "def dual_matrix(X, y):\n    return np.eye(len(y))\n\ndef solve_dual(X, y):\n    return np.arange(len(y)) * 1.0",
        "ex3b_code": "def feature_map(X):\n    return X\n\ndef primal_solution(X, y, multipliers):\n    return np.ones(2), 0.5",
    }
    result = sheet.grade(answers)
    for name in ("ex1b", "ex3c"):
        cell = cell_of(result, f"{name}_test")
        assert cell.points == cell.max_points, lost(cell)


#: What a function or a constructor returns in the place of an answer.
JUNK = {
    "None": "None",
    "text": "'a number'",
    "an object": "object()",
    "not finite": "float('inf')",
    "NaN in the right shape": "np.full(np.shape(values[0] if values else 0.0), np.nan)",
    "huge in the right shape": "np.full(np.shape(values[0] if values else 0.0), 1e308)",
    "a huge integer": "10**400",
    "nothing at all": "[]",
    "a ragged list": "[[1.0, 2.0], [3.0]]",
    "a list in itself": "endless",
    "two objects": "(object(), None)",
    "three huge arrays": "tuple(np.full(np.shape(each), 1e308) for each in values[-3:])",
    "five huge numbers": "(np.full(3, 1e308),) * 4 + (1e308,)",
    "lists of texts": "{'train_loss': ['a'], 'validation_loss': None, 5: 'a', 0.05: object()}",
    "models that are none": "{5: SVC(), 0.05: SVC}",
    "a module without parts": "nn.Linear(784, 784)",
    "a module with other parts": "Parts(nn.Linear(784, 3), object())",
    "a module with broken parts": "Parts(nn.Identity(), nn.Identity())",
    "a module that raises": "Raising()",
    "a module in double precision": "Parts(nn.Linear(784, 2), nn.Linear(2, 784)).double()",
    "a class": "nn.Linear",
    "an array of objects": "np.array([object(), None])",
    "an object that refuses": "Refusing()",
}
REFUSING = """
endless = []
endless.append(endless)


class Refusing:
    def __getattr__(self, name):
        raise OSError(name)

    def __array__(self, *arguments, **keywords):
        raise KeyError("no")


class Raising(nn.Module):
    def forward(self, x):
        raise KeyError("no")

    def parameters(self, *arguments):
        raise ValueError("none of your business")


class Parts(nn.Module):
    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.mu_layer = self.logvar_layer = encoder

    def reparameterise(self, *values):
        return "a sample"

    def forward(self, x):
        return self.decoder(self.encoder(x))
"""


@pytest.mark.slow
@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_whatever_comes_back_is_judged(sheet, junk):
    answers = {
        f"{question.name}_code": REFUSING
        + "".join(f"\n\ndef {name.split('(')[0]}(*values, **more):\n    return {junk}\n" for name in question.defines)
        for question in QUESTIONS
    }
    result = sheet.grade(answers)
    for cell in result.cells:
        for criterion in cell.criteria:
            assert criterion.outcome is not Outcome.NOT_JUDGED, (criterion.name, criterion.detail)
        if cell.criteria:
            assert cell.points <= 0.5 * cell.max_points, (cell.grade_id, cell.points)


@pytest.mark.slow
def test_training_that_never_ends_costs_its_own_question_only(sheet):
    code = "def train_autoencoder(model, images, epochs, seed):\n    while True:\n        pass\n"
    (right,) = [variant for variant in VARIANTS if str(variant) == "ex2b/right_functional"]
    result = sheet.grade({**without({"ex2a", "ex2b"}), "ex2a_code": code, "ex2b_code": right.source})
    outcomes = {criterion.outcome for criterion in cell_of(result, "ex2a_test").criteria}
    assert Outcome.TIMED_OUT in outcomes
    assert Outcome.NOT_JUDGED not in outcomes
    assert cell_of(result, "ex2b_test").points == 1.0
