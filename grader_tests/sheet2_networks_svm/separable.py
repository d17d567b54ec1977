"""Sets of points that a quadratic curve separates, and the exact solution of the dual problem for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.svm import SVC

Array = npt.NDArray[np.float64]

FOUR_POINTS = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
FOUR_CLASSES = np.array([-1.0, 1.0, 1.0, -1.0])

#: The narrower the margin, the larger the maximum of the dual problem, and the worse its condition.
LARGEST_OBJECTIVE = 100.0


def kernel(X: Array, Z: Array) -> Array:
    """Return (1 + x·z)² for all pairs."""
    return np.asarray((1 + X @ Z.T) ** 2)


@dataclass(frozen=True)
class Problem:
    """Points, classes, and multipliers that solve the dual problem for a kernel matrix."""

    X: Array
    y: Array
    gram: Array
    multipliers: Array

    def dual(self, multipliers: Array) -> float:
        """Return the objective that is maximised."""
        weighted = multipliers * self.y
        return float(multipliers.sum() - 0.5 * weighted @ self.gram @ weighted)

    def scores(self, points: Array) -> Array:
        """Return w·φ(x) for points."""
        return np.asarray(kernel(points, self.X) @ (self.multipliers * self.y))

    @property
    def offset(self) -> float:
        """The b that lies halfway between the closest scores of both classes."""
        return halfway(self.scores(self.X), self.y)


def halfway(scores: Array, y: Array) -> float:
    return float((scores[y < 0].max() + scores[y > 0].min()) / 2)


def solved(X: Array, y: Array, gram: Array | None = None) -> Problem:
    """Return the problem with its solution, by scikit-learn with a penalty that leaves no slack."""
    gram = kernel(X, X) if gram is None else gram
    machine = SVC(C=1e9, kernel="precomputed", tol=1e-10).fit(gram, y)
    multipliers = np.zeros(len(y))
    multipliers[machine.support_] = np.abs(machine.dual_coef_[0])
    return Problem(X, y, gram, multipliers)


def separable_problem(
    rng: np.random.Generator, n: int, *, spread: float = 1.5, largest: tuple[float, float] = (0.0, 0.8)
) -> Problem:
    """Draw n points on both sides of a random quadratic curve.

    Args:
        rng: where points and curve come from.
        n: number of points.
        spread: how far the points lie apart; the closer, the larger the multipliers.
        largest: between which bounds the largest multiplier lies.
    """
    while True:
        X = rng.normal(size=(n, 2))
        features = np.stack([np.ones(n), *X.T, *(X**2).T, X[:, 0] * X[:, 1]], axis=1)
        y = np.where(features @ rng.normal(size=6) > 0, 1.0, -1.0)
        if min((y > 0).sum(), (y < 0).sum()) < 2:
            continue
        problem = solved(spread * X, y)
        if (
            not largest[0] < problem.multipliers.max() < largest[1]
            or problem.dual(problem.multipliers) > LARGEST_OBJECTIVE
        ):
            continue
        # An offset near zero would hide a wrong sign.
        if abs(problem.offset) > 0.2:
            return problem
