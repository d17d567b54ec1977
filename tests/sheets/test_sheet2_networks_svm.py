"""Sheet 2: its facts against torch and scikit-learn, and mistakes that cost their own question only."""

from __future__ import annotations

import importlib.util
from collections.abc import Collection
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.svm import SVC

from sheetgrader.audit.variant_grading import VariantGrading, cell_of, lost
from sheetgrader.results import Outcome

from .sheets import REPOSITORY, SHEET2
from .solutions import names_of


@pytest.fixture(scope="module")
def sheet(graded_sheet) -> VariantGrading:
    return graded_sheet(SHEET2)


# The facts


@pytest.fixture(scope="module")
def solution(sheet) -> dict[str, Any]:
    """The given data, and the names that the reference solution defines."""
    return names_of(sheet.sources[SHEET2.name], whole=("imports", "ex3a_points", "ex3d_data"))


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


def test_the_graders_know_the_given_data(solution):
    specification = importlib.util.spec_from_file_location(
        "slack", REPOSITORY / "grader_tests" / SHEET2.name / "test_slack.py"
    )
    graders = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(graders)
    for given, repeated in zip((solution["X"], solution["y"]), graders.given_data(), strict=True):
        np.testing.assert_array_equal(given, repeated)


# The graders


def without(needed: Collection[str]) -> dict[str, str]:
    """Return empty answers to all questions but those that are ``needed``: training takes long."""
    return {question.code: "" for question in SHEET2.answered if question.name not in needed}


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


@pytest.mark.slow
@pytest.mark.parametrize(
    "answers",
    [
        NONSENSE,
        {
            **OF_THE_RIGHT_SHAPES,
            "ex1b_code": UNPACKS_THE_OUTPUT,
            "ex3c_code": SHEET2.variant("ex3c/right_computed_once").source,
        },
        {
            **OF_THE_RIGHT_SHAPES,
            "ex1b_code": SHEET2.variant("ex1b/right_own_output").source,
            "ex3c_code": SHEET2.variant("ex3c/right_kernel").source,
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


@pytest.mark.slow
def test_training_that_never_ends_costs_its_own_question_only(sheet):
    code = "def train_autoencoder(model, images, epochs, seed):\n    while True:\n        pass\n"
    right = SHEET2.variant("ex2b/right_functional")
    result = sheet.grade({**without({"ex2a", "ex2b"}), "ex2a_code": code}, variants=[right])
    outcomes = {criterion.outcome for criterion in cell_of(result, "ex2a_test").criteria}
    assert Outcome.TIMED_OUT in outcomes
    assert Outcome.NOT_JUDGED not in outcomes
    assert cell_of(result, "ex2b_test").points == 1.0
