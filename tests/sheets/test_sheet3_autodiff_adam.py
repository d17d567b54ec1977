"""Sheet 3: its facts against torch and scipy."""

from __future__ import annotations

import csv
import importlib.util
import math
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import norm

from sheetgrader.audit.variant_grading import VariantGrading

from .sheets import REPOSITORY, SHEET3
from .solutions import names_of


@pytest.fixture(scope="module")
def sheet(graded_sheet) -> VariantGrading:
    return graded_sheet(SHEET3)


@pytest.fixture(scope="module")
def solution(sheet) -> dict[str, Any]:
    """The names that the reference solution defines, without training or plotting anything."""
    return names_of(sheet.sources[SHEET3.name], whole=("imports",))


@pytest.fixture(scope="module")
def measurements() -> ModuleType:
    specification = importlib.util.spec_from_file_location(
        "measurements", REPOSITORY / "grader_tests" / SHEET3.name / "measurements.py"
    )
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_both_modes_agree_with_autograd_and_the_formula(solution):
    for place in np.linspace(-2, 1, 31).tolist():
        x = torch.tensor(place, dtype=torch.float64, requires_grad=True)
        inner = torch.exp(x) + torch.exp(2 * x)
        y = torch.exp(inner) + torch.sin(inner)
        (slope,) = torch.autograd.grad(y, x)
        e = math.exp(place)
        formula = (2 * e + 1) * e * (math.exp(e + e**2) + math.cos(e + e**2))
        for mode in ("forward_mode", "reverse_mode"):
            assert solution[mode](place) == pytest.approx((y.item(), slope.item()), rel=1e-12)
        assert formula == pytest.approx(slope.item(), rel=1e-12)
    assert len(solution["computational_graph"]()) == 6


@pytest.mark.parametrize("decay", [None, 0.1])
def test_both_optimizers_agree_with_torch(solution, decay):
    rng = np.random.default_rng(0)
    theta = rng.normal(size=(4, 3))
    weights = torch.tensor(theta, requires_grad=True)
    optimizer = (
        torch.optim.Adam([weights], lr=0.01)
        if decay is None
        else torch.optim.AdamW([weights], lr=0.01, weight_decay=decay)
    )
    m = v = np.zeros((4, 3))
    for t in range(1, 51):
        grad = rng.normal(size=(4, 3))
        weights.grad = torch.tensor(grad)
        optimizer.step()
        if decay is None:
            theta, m, v = solution["adam_step"](theta, grad, m, v, t, lr=0.01)
        else:
            theta, m, v = solution["adamw_step"](theta, grad, m, v, t, lr=0.01, weight_decay=decay)
    np.testing.assert_allclose(theta, weights.detach().numpy(), rtol=1e-9)


def test_the_first_step_of_adam(solution):
    grad = np.array([-1e3, -1.0, -1e-8, 0.0, 1e-3, 2e5])
    update = solution["first_adam_update"](grad, lr=0.01)
    zero = np.zeros(6)
    np.testing.assert_allclose(update, solution["adam_step"](zero, grad, zero, zero, 1, lr=0.01)[0], rtol=1e-9)
    np.testing.assert_allclose(update[[0, 1, 4, 5]], [0.01, 0.01, -0.01, -0.01], rtol=1e-4)
    assert (update[2], update[3]) == (pytest.approx(0.005), 0.0)
    # Without the correction it is 3.16 times as long, as the written solution says.
    assert (1 - 0.9) / math.sqrt(1 - 0.999) == pytest.approx(3.16, abs=5e-3)


def test_the_likelihood_is_that_of_scipy(solution):
    rng = np.random.default_rng(1)
    y, mean, variance = rng.normal(size=(20, 1)), rng.normal(size=(20, 1)), rng.uniform(0.1, 3, size=(20, 1))
    expected = -norm.logpdf(y, mean, np.sqrt(variance)).mean()
    assert float(solution["gaussian_nll"](y, mean, variance)) == pytest.approx(expected, rel=1e-12)
    at_one = float(solution["gaussian_nll"](y, mean, np.ones_like(y)))
    assert at_one == pytest.approx(0.5 * np.mean((y - mean) ** 2) + 0.5 * math.log(2 * math.pi), rel=1e-12)


def test_the_bounds_of_residual_networks(solution):
    assert solution["block_bound"](1.0) == 2
    assert [solution["network_bound"]([1.0] * depth) for depth in range(6)] == [2**depth for depth in range(6)]


def test_the_exchanged_network_has_as_many_parameters(solution):
    exchanged = torch.nn.Sequential(torch.nn.Linear(1, 64), torch.nn.Linear(64, 32), torch.nn.Linear(32, 1))
    assert sum(part.numel() for part in exchanged.parameters()) == sum(
        part.numel() for part in solution["MeanMLP"]().parameters()
    )


def test_the_data_are_made_by_the_script_and_follow_the_contract(measurements):
    path = REPOSITORY / "source" / SHEET3.name / "data" / "x_y.csv"
    specification = importlib.util.spec_from_file_location(
        "make_x_y", REPOSITORY / "solutions" / SHEET3.name / "make_x_y.py"
    )
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)
    assert path.read_text() == script.table()
    rows = list(csv.reader(path.read_text().splitlines()))
    assert rows[0] == ["x", "y"]
    assert len(rows) == 1001
    assert all(len(row) == 2 for row in rows)
    grid = np.linspace(-measurements.WIDTH, measurements.WIDTH, 200)
    level = measurements.noise_level(grid)
    assert level.max() < 0.5
    assert level.max() / level.min() >= 4
    assert (np.diff(level) > 1e-3 * level[:-1]).all()
    assert np.abs(np.diff(measurements.true_mean(grid), 2)).max() > 1e-4
