"""The facts of sheet 2 against torch and scikit-learn, by the names that its reference solution defines."""

from __future__ import annotations

import ast
import importlib.util
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from sklearn.svm import SVC

from .sheet2 import SHEET
from .variants import REPOSITORY, GradedSheet


@pytest.fixture(scope="module")
def sheet(graded_sheet) -> GradedSheet:
    return graded_sheet(SHEET)


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


def test_the_graders_know_the_given_data(solution):
    specification = importlib.util.spec_from_file_location(
        "slack", REPOSITORY / "grader_tests" / SHEET / "test_slack.py"
    )
    graders = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(graders)
    for given, repeated in zip((solution["X"], solution["y"]), graders.given_data(), strict=True):
        np.testing.assert_array_equal(given, repeated)
