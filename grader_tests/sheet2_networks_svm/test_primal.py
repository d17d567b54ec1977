"""Questions 3b and 3c: the primal solution, the decision function and the support vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from separable import FOUR_CLASSES, FOUR_POINTS, Array, Problem, halfway, kernel, separable_problem, solved

from sheetgrader import (
    Wrong,
    assert_arguments_unchanged,
    assert_close,
    criterion,
    entries,
    first_that_holds,
    numbers,
    probe,
)

SOLUTION = ("w", "b")
#: Relative to the scores: the multipliers that are handed over are a solver's.
TOLERANCE = 1e-4


@probe
def feature_map_stand_in(_original):
    import numpy as np

    def stand_in(X):
        X = np.asarray(X, dtype=float)
        x1, x2 = X[:, 0], X[:, 1]
        return np.stack([0.5 + 0 * x1, x2, x1, x1 * x2, 2 * x2**2, 3 * x1**2], axis=1)

    return stand_in


def features_replaced(X: Array) -> Array:
    """Return what the stand-in for ``feature_map`` returns."""
    x1, x2 = X[:, 0], X[:, 1]
    return np.stack([0.5 + 0 * x1, x2, x1, x1 * x2, 2 * x2**2, 3 * x1**2], axis=1)


# 3b


@criterion(
    "ex3b",
    weight=1.5,
    hint="φ(x)·φ(z) has to be (1 + x·z)² for all x and z. Multiply the square out: where do the factors √2 come from?",
)
@pytest.mark.parametrize("n", [8, 1], ids="{} points".format)
def test_features_belong_to_the_kernel(student, rng, n):
    """`feature_map` returns six features for each point, with φ(x)·φ(z) = (1 + x·z)²."""
    X, Z = rng.normal(size=(n, 2)), rng.normal(size=(5, 2))
    first, second = (
        numbers(student.feature_map(points), shape=(len(points), 6)).astype(np.float64) for points in (X, Z)
    )
    products = first @ second.T
    # Features in single precision come from points in single precision.
    if not np.abs(products - kernel(X, Z)).max() <= 1e-5 * np.abs(kernel(X, Z)).max():
        raise Wrong("For some of these points x and some others z, φ(x)·φ(z) is not (1 + x·z)².")


def judge_solution(student: Any, stand_in: Any, problem: Problem, judge: Callable[[Array, Array, float], None]) -> None:
    """Judge what ``primal_solution`` returns by the student's own features, or by those of a stand-in."""

    def attempt(features_of: Callable[[Array], Any]) -> None:
        features = numbers(features_of(problem.X), shape=(len(problem.y), 6)).astype(np.float64)
        if not 1e-6 < np.abs(features).max() < 1e6:
            raise Wrong("The features are zero everywhere, or far too large, so w cannot be judged.")
        w, b = entries(student.primal_solution(problem.X, problem.y, problem.multipliers), SOLUTION)
        judge(features, numbers(w, shape=(6,)).astype(np.float64), float(numbers(b, shape=())))

    stand_in.judge(
        lambda: attempt(student.feature_map), lambda: attempt(features_replaced), feature_map=feature_map_stand_in
    )


def problems(rng: np.random.Generator) -> list[Problem]:
    return [
        separable_problem(rng, 6),
        separable_problem(rng, 9),
        separable_problem(rng, 5, spread=0.5, largest=(1.0, 20.0)),
    ]


@criterion(
    "ex3b",
    weight=1.5,
    hint="w = Σ λ_i y_i φ(x_i): a sum over the points, with their classes, which has six entries as φ has.",
)
def test_normal_vector(student, stand_in, rng):
    """`w` is Σ λ_i y_i φ(x_i) with the features of `feature_map`, for the four points and for others."""
    for problem in (solved(FOUR_POINTS, FOUR_CLASSES), *problems(rng)):

        def judge(features: Array, w: Array, _: float, problem: Problem = problem) -> None:
            assert_close(w, (problem.multipliers * problem.y) @ features, rtol=TOLERANCE, what="`w`")

        judge_solution(student, stand_in, problem, judge)


@criterion(
    "ex3b",
    weight=1,
    hint=(
        "The closest points of either class have w·φ(x) − b = ±1, so b is halfway between their w·φ(x). Is it"
        " subtracted or added in your formula?"
    ),
)
def test_offset(student, stand_in, rng):
    """`b` lies halfway between the classes, with the sign that goes with w·φ(x) − b."""
    for problem in problems(rng):

        def judge(features: Array, w: Array, b: float, problem: Problem = problem) -> None:
            scores, own_scores = problem.scores(problem.X), features @ w
            # A wrong w has lost its points already; then b is judged by the scores that follow from it.
            first_that_holds(
                lambda: assert_close(b, problem.offset, scale=float(np.abs(scores).max()), rtol=TOLERANCE, what="`b`"),
                lambda: _assert_halfway(b, own_scores, problem.y),
            )

        judge_solution(student, stand_in, problem, judge)


def _assert_halfway(b: float, scores: Array, y: Array) -> None:
    size = float(np.abs(scores).max())
    if not np.isfinite(size) or np.ptp(scores) <= 1e-3 * size:
        raise Wrong("All points have the same w·φ(x), so b cannot be judged.")
    assert_close(b, halfway(scores, y), scale=size, rtol=TOLERANCE, what="`b`")


@criterion(
    "ex3b",
    weight=0.5,
    hint="Operators such as *= change the array itself. Work on a copy.",
    requires=("test_features_belong_to_the_kernel", "test_normal_vector", "test_offset"),
)
def test_primal_leaves_its_arguments_alone(student, rng):
    """`feature_map` and `primal_solution` do not change their arguments."""
    problem = separable_problem(rng, 5)
    numbers(assert_arguments_unchanged(student.feature_map, problem.X), shape=(5, 6))
    w, _ = entries(
        assert_arguments_unchanged(student.primal_solution, problem.X, problem.y, problem.multipliers), SOLUTION
    )
    numbers(w, shape=(6,))


# 3c


@probe
def solve_dual_stand_in(_original):
    import numpy as np

    def stand_in(_X, y):
        return np.full(len(y), 0.3)

    return stand_in


@probe
def primal_solution_stand_in(_original):
    import numpy as np

    def stand_in(_X, _y, _multipliers):
        return np.array([0.2, -0.7, 1.1, 0.4, -0.3, 0.6]), 0.9

    return stand_in


def decisions_replaced(points: Array) -> list[Array]:
    """Return what the decision function may be with stand-ins: by w and b, or by the multipliers and the kernel."""
    by_kernel = kernel(points, FOUR_POINTS) @ (0.3 * FOUR_CLASSES)
    return [features_replaced(points) @ np.array([0.2, -0.7, 1.1, 0.4, -0.3, 0.6]) - 0.9, by_kernel - 0.9, by_kernel]


def assert_follows_from_own(student: Any, points: Array) -> None:
    """Check that the decision function is that of the student's own w and b, which may have been computed before a
    stand-in can replace anything.
    """
    w, b = entries(
        student.primal_solution(FOUR_POINTS, FOUR_CLASSES, student.solve_dual(FOUR_POINTS, FOUR_CLASSES)), SOLUTION
    )
    features = numbers(student.feature_map(points), shape=(len(points), 6)).astype(np.float64)
    want = features @ numbers(w, shape=(6,)).astype(np.float64) - float(numbers(b, shape=()))
    if not 1e-6 < np.abs(want).max() < 1e6:
        raise Wrong("What follows from w and b is zero everywhere, or far too large, so it cannot be judged.")
    assert_close(student.decision_function(points), want, rtol=1e-5)


@criterion(
    "ex3c",
    weight=2,
    hint=(
        "It is a function of the plane that you can write down: insert w and φ(x), and see what is left. It is ±1 at"
        " the four points."
    ),
)
@pytest.mark.parametrize("n", [20, 1], ids="{} points".format)
def test_decision_function(student, stand_in, rng, n):
    """`decision_function` is w·φ(x) − b of the SVM for the four given points, at any points."""
    points = rng.normal(scale=2, size=(n, 2))
    want = -points[:, 0] * points[:, 1]
    # A solver's default settings solve the dual problem to about a thousandth.
    scale = float((1 + np.abs(points)).max() ** 2)

    def with_stand_ins() -> None:
        found = student.decision_function(points)
        first_that_holds(
            *(lambda want=want: assert_close(found, want, rtol=1e-5) for want in decisions_replaced(points))
        )

    stand_in.judge(
        lambda: first_that_holds(
            lambda: assert_close(student.decision_function(points), want, rtol=2e-3, scale=scale),
            lambda: assert_follows_from_own(student, points),
        ),
        with_stand_ins,
        feature_map=feature_map_stand_in,
        solve_dual=solve_dual_stand_in,
        primal_solution=primal_solution_stand_in,
    )


@criterion(
    "ex3c",
    weight=1.5,
    hint="Compare each multiplier with 1e-6 times the largest one, not with zero and not with a fixed number.",
)
def test_support_vectors(student, rng):
    """`support_vector_mask` finds the multipliers that are greater than a millionth of the largest one, however large
    they are all together.
    """
    X, y = rng.normal(size=(12, 2)), rng.choice([-1.0, 1.0], size=12)
    # Some lie so near to the threshold that one relative to the mean or to the sum would be seen.
    above = [1.0, *rng.uniform(0.1, 1, size=3), 10 ** rng.uniform(-5.5, -4), *rng.uniform(1.05e-6, 1.25e-6, size=2)]
    below = [*rng.uniform(0.6e-6, 0.95e-6, size=2), 10 ** rng.uniform(-9, -6.5), 0.0, 0.0]
    relative = np.array(above + below)
    for size in (0.125, 1e-8, 1e5):
        multipliers = size * rng.permutation(relative)
        found = numbers(student.support_vector_mask(X, y, multipliers), shape=(12,))
        if not np.array_equal(found.astype(np.float64), (multipliers > 1e-6 * multipliers.max()).astype(np.float64)):
            raise Wrong("Some points are support vectors that should not be, or the other way round.")


@criterion(
    "ex3c",
    weight=0.5,
    hint="Operators such as *= change the array itself. Work on a copy.",
    requires=("test_decision_function", "test_support_vectors"),
)
def test_decision_leaves_its_arguments_alone(student, rng):
    """`decision_function` and `support_vector_mask` do not change their arguments."""
    X, y = rng.normal(size=(6, 2)), np.repeat([-1.0, 1.0], 3)
    numbers(assert_arguments_unchanged(student.support_vector_mask, X, y, rng.uniform(0.1, 1, size=6)), shape=(6,))
    numbers(assert_arguments_unchanged(student.decision_function, X), shape=(6,))
