"""Question 3a: the dual problem of an SVM with a hard margin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from separable import FOUR_CLASSES, FOUR_POINTS, Array, Problem, kernel, separable_problem, solved

from sheetgrader import Wrong, assert_arguments_unchanged, assert_close, criterion, numbers, probe

#: How far constraints and maximum may be missed, relative to the size of the solution: a solver's default settings are
#: right.
TOLERANCE = 1e-3


@probe
def dual_matrix_stand_in(_original):
    import numpy as np

    def stand_in(X, y):
        X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
        return np.outer(y, y) * (X @ X.T + 2 + 0.5 * np.eye(len(y)))

    return stand_in


def gram_replaced(X: Array) -> Array:
    """Return the kernel matrix that the stand-in for ``dual_matrix`` has."""
    return np.asarray(X @ X.T + 2 + 0.5 * np.eye(len(X)))


def assert_solves(value: Any, problem: Problem) -> None:
    """Check that multipliers satisfy the constraints and reach the maximum; they need not be unique."""
    found = numbers(value, shape=problem.y.shape).astype(np.float64)
    largest = float(np.abs(found).max())
    if largest > 1e6 * problem.multipliers.max():
        raise Wrong(f"The largest multiplier, {largest:.3g}, is far too large.", value=value)
    if found.min() < -TOLERANCE * largest:
        raise Wrong(f"The multiplier {found.min():.4g} is negative.", value=value)
    balance = float(found @ problem.y)
    if abs(balance) > TOLERANCE * np.abs(found).sum():
        raise Wrong(f"The sum of λ_i y_i is {balance:.4g}, not zero.", value=value)
    if not problem.dual(found) >= (1 - TOLERANCE) * problem.dual(problem.multipliers):
        raise Wrong(
            "The constraints hold, but other multipliers that satisfy them reach a larger value of the dual problem.",
            value=value,
        )


def judge_multipliers(student: Any, stand_in: Any, problem: Problem) -> None:
    X, y = problem.X, problem.y
    stand_in.judge(
        lambda: assert_solves(student.solve_dual(X, y), problem),
        lambda: assert_solves(student.solve_dual(X, y), solved(X, y, gram_replaced(X))),
        dual_matrix=dual_matrix_stand_in,
    )


@criterion(
    "ex3a",
    weight=0.5,
    hint=(
        "Compute it on paper: on the diagonal stands (1 + 2)², elsewhere (1 + x·z)² is 1, and the classes decide the"
        " sign."
    ),
)
def test_matrix_of_the_four_points(student):
    """`dual_matrix` is right for the four given points."""
    assert_close(
        student.dual_matrix(FOUR_POINTS, FOUR_CLASSES),
        np.outer(FOUR_CLASSES, FOUR_CLASSES) * kernel(FOUR_POINTS, FOUR_POINTS),
    )


@criterion(
    "ex3a",
    weight=1.5,
    hint="Q_ij = y_i y_j (1 + x_i·x_j)². The square is that of each entry, and both classes belong to it.",
)
@pytest.mark.parametrize("n", [7, 2, 1], ids="{} points".format)
def test_matrix_of_other_points(student, rng, n):
    """`dual_matrix` is right for any points and classes."""
    X, y = rng.normal(size=(n, 2)), rng.choice([-1.0, 1.0], size=n)
    assert_close(student.dual_matrix(X, y), np.outer(y, y) * kernel(X, X))


@criterion("ex3a", weight=1, hint="All four points play the same part, so all four multipliers are equal.")
def test_multipliers_of_the_four_points(student, stand_in, rng):
    """`solve_dual` solves the problem for the four given points, in any order."""
    for order in (np.arange(4), rng.permutation(4)):
        judge_multipliers(student, stand_in, solved(FOUR_POINTS[order], FOUR_CLASSES[order]))


@criterion(
    "ex3a",
    weight=2,
    hint=(
        "No multiplier is negative, and the sum of λ_i y_i vanishes; tell the solver both. Which points get a"
        " multiplier of zero?"
    ),
)
@pytest.mark.parametrize("n", [5, 6, 9], ids="{} points".format)
def test_multipliers_of_other_points(student, stand_in, rng, n):
    """`solve_dual` solves the problem for other points that a quadratic curve separates: constraints satisfied, maximum
    reached.
    """
    judge_multipliers(student, stand_in, separable_problem(rng, n))


@criterion(
    "ex3a",
    weight=0.5,
    hint="With a hard margin nothing limits a multiplier from above; scikit-learn's default penalty C = 1 does.",
)
def test_large_multipliers(student, stand_in, rng):
    """`solve_dual` finds multipliers that are greater than 1, for points that lie close together."""
    judge_multipliers(student, stand_in, separable_problem(rng, 6, spread=0.4, largest=(2.0, 50.0)))


@criterion(
    "ex3a",
    weight=0.5,
    hint="Operators such as *= change the array itself. Work on a copy.",
    requires=(
        "test_matrix_of_the_four_points",
        "test_matrix_of_other_points",
        "test_multipliers_of_the_four_points",
        "test_multipliers_of_other_points",
        "test_large_multipliers",
    ),
)
def test_dual_leaves_its_arguments_alone(student, rng):
    """`dual_matrix` and `solve_dual` do not change their arguments."""
    problem = separable_problem(rng, 5)
    numbers(assert_arguments_unchanged(student.dual_matrix, problem.X, problem.y), shape=(5, 5))
    numbers(assert_arguments_unchanged(student.solve_dual, problem.X, problem.y), shape=(5,))
