"""Sheet 3: its notebook against what was agreed, its facts against torch and scipy."""

from __future__ import annotations

import ast
import csv
import importlib.util
import math
from types import ModuleType
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from scipy.stats import norm

from sheetgrader.course.directory import Course
from sheetgrader.course.regulations import read_regulations

from .sheet3 import BONUS, CODE, QUESTIONS, SHEET
from .variants import REPOSITORY, GradedSheet


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
        if question.points_for_tests:
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
    assert sum(points or 0 for name, _, _, points in found if not name.startswith("bonus")) == 20
    assert sum(points or 0 for name, _, _, points in found if name.startswith("bonus")) == 5


def test_the_regulations_are_those_of_the_document():
    regulations = read_regulations(REPOSITORY / "source" / SHEET / "sheet.toml")
    assert regulations.group_size == (2, 2)
    assert f"{SHEET}.ipynb" in regulations.files
    assert regulations.bonus == BONUS


def signature_of(node: ast.FunctionDef | ast.ClassDef) -> str:
    if isinstance(node, ast.FunctionDef):
        return f"{node.name}({ast.unparse(node.args)})"
    (constructor,) = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
    return f"{node.name}({ast.unparse(constructor.args).removeprefix('self').removeprefix(', ')})"


def test_every_answer_keeps_its_signatures_in_the_skeleton(sheet):
    cells = {cell.id: cell for cell in sheet.released.cells}
    for question in CODE:
        code = cells[f"{question.name}_code"].source
        definitions = [node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        assert tuple(map(signature_of, definitions)) == question.defines, question.name
        assert all(ast.get_docstring(node) for node in definitions), question.name
        for node in definitions:
            body = ast.get_source_segment(code, node) or ""
            assert body.endswith(
                (
                    "# YOUR CODE HERE\n    raise NotImplementedError()",
                    "# YOUR CODE HERE\n        raise NotImplementedError()",
                )
            ), node.name
            assert node.name in cells[f"{question.name}_check"].source, node.name


def test_every_text_has_a_model_answer_and_a_marking_scheme(sheet):
    for cell in sheet.source.cells:
        if cell.id.endswith("_text"):
            answer, _, scheme = cell.source.partition("### BEGIN MARK SCHEME")
            points, kind = (
                cell.metadata.nbgrader.points,
                "bonus point" if cell.id in {f"{name}_text" for name in BONUS} else "point",
            )
            assert len(answer) > 300, cell.id
            assert f"**{points:g} {kind}{'' if points == 1 else 's'}**" in scheme, cell.id
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
        '"f1"',
        "f1**2",
        "beta1**t",
        "matrix_norm(linear",
        "softplus",
        "randperm",
        "np.sin",
        "5.5 **",
    ):
        assert secret not in released


def test_nothing_of_the_generator_is_handed_out():
    files = Course.load(REPOSITORY).sheet(SHEET).source_files()
    assert sorted(files) == ["data/x_y.csv"]


# The facts


@pytest.fixture(scope="module")
def solution(sheet) -> dict[str, Any]:
    """The names that the reference solution defines, without training or plotting anything."""
    names: dict[str, Any] = {}
    for cell in sheet.source.cells:
        if cell.id == "imports" or (cell.id.endswith("_code") and cell.id != "team"):
            module = ast.parse(cell.source)
            module.body = [
                node
                for node in module.body
                if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)
            ]
            exec(compile(module, cell.id, "exec"), names)  # noqa: S102  # the sheet's own cells
    plt.close("all")
    return names


@pytest.fixture(scope="module")
def measurements() -> ModuleType:
    specification = importlib.util.spec_from_file_location(
        "measurements", REPOSITORY / "grader_tests" / SHEET / "measurements.py"
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
    path = REPOSITORY / "source" / SHEET / "data" / "x_y.csv"
    specification = importlib.util.spec_from_file_location("make_x_y", REPOSITORY / "solutions" / SHEET / "make_x_y.py")
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
