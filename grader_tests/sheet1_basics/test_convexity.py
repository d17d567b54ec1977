"""Question 2: the Hessian of the mean squared error, and a network whose loss is not convex."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from sheetgrader import Wrong, assert_arguments_unchanged, assert_close, criterion, entries, numbers

Array = npt.NDArray[np.float64]

# 2b


@criterion(
    "ex2b",
    weight=2,
    hint=(
        "Multiply the square out and differentiate twice. Mind the factor that the square brings, and the order of X"
        " and its transpose."
    ),
)
@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (1, 4), (6, 1)], ids=str)
def test_hessian_values(student, rng, shape):
    """`mse_hessian(X)` is the Hessian of ‖Xw − Y‖², for any number of examples and features."""
    X = rng.normal(size=shape)
    assert_close(student.mse_hessian(X), 2 * X.T @ X)


@criterion("ex2b", weight=0.5, hint="Think of the Hessian as a quadratic form: vᵀHv is 2‖Xv‖².")
def test_hessian_is_positive_definite(student, rng):
    """The Hessian is symmetric, and positive definite where X has full rank."""
    X = rng.normal(size=(8, 4))
    H, value = hessian(student, X)
    if np.linalg.eigvalsh(H).min() < 1e-6:
        raise Wrong("Some direction v has vᵀHv ≤ 0, although no column of X depends on the others.", value=value)


@criterion(
    "ex2b",
    weight=0.5,
    hint=(
        "In a direction v with Xv = 0 the loss does not change at all, so it has no curvature there. In all others it"
        " has."
    ),
)
def test_hessian_is_singular(student, rng):
    """The Hessian is positive semi-definite and singular where X is rank-deficient."""
    X = rng.normal(size=(8, 4))
    X[:, 3] = X[:, :3] @ rng.uniform(0.5, 1.5, size=3)
    H, value = hessian(student, X)
    eigenvalues = np.linalg.eigvalsh(H)
    if eigenvalues[0] < -1e-4:
        raise Wrong("Some direction v has vᵀHv < 0.", value=value)
    if eigenvalues[0] > 1e-4 or eigenvalues[1] < 1e-6:
        raise Wrong(
            "Here exactly one direction v has Xv = 0, but the curvature vᵀHv vanishes in more directions or in none.",
            value=value,
        )


@criterion(
    "ex2b",
    weight=0.5,
    hint="Operators such as *= change the array itself. Work on a copy.",
    requires=("test_hessian_values", "test_hessian_is_positive_definite", "test_hessian_is_singular"),
)
def test_hessian_leaves_its_argument_alone(student, rng):
    """`mse_hessian` does not change its argument."""
    numbers(assert_arguments_unchanged(student.mse_hessian, rng.normal(size=(5, 3))), shape=(3, 3))


def hessian(student: Any, X: Array) -> tuple[Array, Any]:
    """Return the student's Hessian, symmetric and scaled so that its largest entry is 1, and what they returned."""
    value = student.mse_hessian(X)
    H = numbers(value, shape=(X.shape[1], X.shape[1])).astype(np.float64)
    size = np.abs(H).max()
    if size == 0:
        raise Wrong("It is zero everywhere.", value=value)
    H = H / size
    if np.abs(H - H.T).max() > 1e-4:
        raise Wrong("It is not symmetric.", value=value)
    return (H + H.T) / 2, value


# 2c


@criterion(
    "ex2c",
    weight=0.5,
    hint="Return a tuple of two arrays of shape (4,) and a number strictly between 0 and 1.",
    requires="test_witness_breaks_jensen",
)
def test_witness_form(student):
    """`nonconvexity_witness()` returns two weight vectors of shape (4,) and a number strictly between 0 and 1."""
    witness(student)


@criterion(
    "ex2c",
    weight=2,
    hint=(
        "Find a network with loss 0, exchange its two hidden units together with their weights, and look at what lies"
        " between the two networks."
    ),
)
def test_witness_breaks_jensen(student):
    """At these weights the loss lies above the straight line, by more than 1e-6."""
    w0, w1, alpha = witness(student)
    between = [alpha * one + (1 - alpha) * other for one, other in zip(w0, w1, strict=True)]
    if not tiny_network_loss(between) > alpha * tiny_network_loss(w0) + (1 - alpha) * tiny_network_loss(w1) + Fraction(
        "1e-6"
    ):
        raise Wrong(
            "The loss at alpha * w0 + (1 - alpha) * w1 does not lie above alpha * loss(w0) + (1 - alpha) * loss(w1)."
        )


def witness(student: Any) -> tuple[list[Fraction], list[Fraction], Fraction]:
    value = student.nonconvexity_witness()
    w0, w1, alpha = entries(value, ("w0", "w1", "alpha"))
    vectors = [[Fraction(float(number)) for number in numbers(w, shape=(4,))] for w in (w0, w1)]
    share = Fraction(float(numbers(alpha, shape=())))
    if not 0 < share < 1:
        raise Wrong("alpha does not lie strictly between 0 and 1.", value=value)
    return vectors[0], vectors[1], share


def tiny_network_loss(w: list[Fraction]) -> Fraction:
    """Return the loss that the sheet defines, exactly: huge weights must not pass by rounding."""
    in1, in2, out1, out2 = w
    loss = Fraction(0)
    for x, y in ((-1, 1), (1, 1), (2, 2)):
        loss += (out1 * max(Fraction(0), in1 * x) + out2 * max(Fraction(0), in2 * x) - y) ** 2
    return loss / 3
