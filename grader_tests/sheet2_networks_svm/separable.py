"""Sets of points that a quadratic curve separates, and the exact solution of the dual problem for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.svm import SVC

Array = npt.NDArray[np.float64]

FOUR_POINTS = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
FOUR_CLASSES = np.array([-1.0, 1.0, 1.0, -1.0])

#: The margin's width decides how large the multipliers are; narrower ones make the problem badly conditioned.
LARGEST_NORM = 12.0


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


def separable_problem(rng: np.random.Generator, n: int, *, spread: float = 1.0) -> Problem:
    """Draw n points on both sides of a random quadratic curve, at some distance from it, which fills two or more support vectors of either class."""
    while True:
        X = rng.normal(size=(n, 2))
        curve = rng.normal(size=6)
        features = np.stack([np.ones(n), *X.T, *(X**2).T, X[:, 0] * X[:, 1]], axis=1)
        y = np.where(features @ curve > 0, 1.0, -1.0)
        X = spread * X
        if min((y > 0).sum(), (y < 0).sum()) < 2:
            continue
        problem = solved(X, y)
        if problem.dual(problem.multipliers) < LARGEST_NORM / spread**2 and abs(problem.offset) > 0.2:
            return problem
