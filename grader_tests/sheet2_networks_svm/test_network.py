"""Question 1: a small network forwards and backwards."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

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

Array = npt.NDArray[np.float64]

RESULTS = ("z1", "h1", "z2", "h2", "y_hat")
GRADIENTS = ("dW0", "dW1", "dW2")
MATRICES = ("W0", "W1", "W2")
EXAMPLE = np.ones(3), np.full((3, 3), 0.1), np.full((3, 3), 0.3), np.full((1, 3), 0.5)

#: Units of the input and of the two hidden layers. In the last one all matrices but W2 are square, so a transposed
#: gradient has the right shape.
all_sizes = pytest.mark.parametrize("sizes", [(3, 5, 4), (6, 2, 5), (1, 4, 3), (4, 4, 4)], ids=str)


class Forward(NamedTuple):
    """What the forward pass finds."""

    z1: Array
    h1: Array
    z2: Array
    h2: Array
    y_hat: float


def sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def right_forward(x: Array, W0: Array, W1: Array, W2: Array) -> Forward:
    h1 = sigmoid(W0 @ x)
    h2 = sigmoid(W1 @ h1)
    return Forward(W0 @ x, h1, W1 @ h1, h2, float((W2 @ h2)[0]))


def network(rng: np.random.Generator, sizes: tuple[int, int, int]) -> tuple[Array, Array, Array, Array]:
    """Return an input and three matrices, large enough for the sigmoids to bend and small enough not to saturate."""
    shapes = [(sizes[1], sizes[0]), (sizes[2], sizes[1]), (1, sizes[2])]
    x = rng.uniform(0.5, 1.5, size=sizes[0]) * rng.choice([-1, 1], size=sizes[0])
    # No entry is near zero: a part of the network that hardly matters would hide mistakes.
    W0, W1, W2 = (rng.uniform(0.3, 1.3, size=shape) * rng.choice([-1, 1], size=shape) for shape in shapes)
    return x, W0, W1, W2


# 1a


def own(value: Any, shape: tuple[int, ...], name: str) -> Array:
    """Return the student's own intermediate result, by which what follows from it is judged, so that a mistake in it
    costs once.
    """
    found = numbers(value, shape=shape).astype(np.float64)
    if not 1e-6 < np.abs(found).max() < 1e6:
        raise Wrong(f"{name} is zero everywhere, or far too large, so what follows from it cannot be judged.")
    return found


@criterion(
    "ex1a", weight=1, hint="Compute it on paper: each entry of z1 is 0.1 + 0.1 + 0.1, and h1 is the sigmoid of it."
)
def test_forward_of_the_printed_example(student):
    """All five results of the example with equal weights are right."""
    found = entries(student.forward(*EXAMPLE), RESULTS)
    for name, value, want in zip(RESULTS, found, right_forward(*EXAMPLE), strict=True):
        assert_close(value, want, what=f"`{name}`")


@criterion(
    "ex1a",
    weight=1,
    hint="z1 = W0 x and z2 = W1 h1 are products of a matrix and a vector: row i of the matrix gives entry i.",
)
@all_sizes
def test_weighted_sums(student, rng, sizes):
    """`z1` and `z2` are the matrices times what comes from the layer before, for layers of any size."""
    x, W0, W1, W2 = network(rng, sizes)
    z1, h1, z2, _, _ = entries(student.forward(x, W0, W1, W2), RESULTS)
    assert_close(z1, W0 @ x, what="`z1`")
    assert_close(z2, W1 @ own(h1, sizes[1:2], "h1"), what="`z2`")


@criterion("ex1a", weight=1, hint="h1 = g(z1) and h2 = g(z2), entry by entry, with the sigmoid g(z) = 1/(1 + exp(−z)).")
@all_sizes
def test_activations(student, rng, sizes):
    """`h1` and `h2` are the sigmoids of `z1` and `z2`, for layers of any size."""
    _, *matrices = arguments = network(rng, sizes)
    z1, h1, z2, h2, _ = entries(student.forward(*arguments), RESULTS)
    for name, z, h, matrix in (("1", z1, h1, matrices[0]), ("2", z2, h2, matrices[1])):
        assert_close(h, sigmoid(own(z, matrix.shape[:1], f"z{name}")), scale=1, what=f"`h{name}`")


@criterion("ex1a", weight=1, hint="The output is linear: y_hat = W2 h2, a single number, without a sigmoid.")
@all_sizes
def test_output(student, rng, sizes):
    """`y_hat` is W2 times `h2`, a single number, for layers of any size."""
    x, W0, W1, W2 = network(rng, sizes)
    _, _, _, h2, y_hat = entries(student.forward(x, W0, W1, W2), RESULTS)
    assert_close(y_hat, (W2 @ own(h2, sizes[2:], "h2"))[0], scale=float(np.abs(W2).max()), what="`y_hat`")


@criterion(
    "ex1a",
    weight=0.5,
    hint="Operators such as *= change the array itself. Work on a copy.",
    requires=("test_forward_of_the_printed_example", "test_weighted_sums", "test_activations", "test_output"),
)
def test_forward_leaves_its_arguments_alone(student, rng):
    """`forward` does not change its arguments."""
    z1 = entries(assert_arguments_unchanged(student.forward, *network(rng, (3, 5, 4))), RESULTS)[0]
    numbers(z1, shape=(5,))


# 1b


@probe
def forward_stand_in(original):
    import numpy as np
    import torch

    def in_the_form_of(given, value):
        # What goes on with a tensor, a column or an array with one number in it may not do so with anything else.
        if np.size(value) == torch.as_tensor(given).numel():
            value = np.reshape(value, np.shape(torch.as_tensor(given).detach()))
        return torch.as_tensor(value, dtype=given.dtype) if isinstance(given, torch.Tensor) else value

    def stand_in(x, W0, W1, W2):
        z1, z2 = (0.4 * np.sin(1.0 + np.arange(len(W))) for W in (W0, W1))
        values = z1, 1 / (1 + np.exp(-z1)), z2, 1 / (1 + np.exp(-z2)), 0.7
        try:
            return tuple(
                in_the_form_of(given, value) for given, value in zip(original(x, W0, W1, W2), values, strict=True)
            )
        except Exception:  # noqa: BLE001  # a student's function may raise anything
            return values

    return stand_in


def forwards_replaced(W0: Array, W1: Array, W2: Array) -> list[Forward]:
    """Return what an answer may go on with: all that the stand-in for ``forward`` returns, or a part of it and what
    follows from that.
    """
    z1, z2 = (0.4 * np.sin(1.0 + np.arange(len(W))) for W in (W0, W1))
    all_of_it = Forward(z1, sigmoid(z1), z2, sigmoid(z2), 0.7)
    following = W1 @ all_of_it.h1
    return [
        all_of_it,
        all_of_it._replace(y_hat=float((W2 @ all_of_it.h2)[0])),
        Forward(z1, all_of_it.h1, following, sigmoid(following), float((W2 @ sigmoid(following))[0])),
    ]


@probe
def gradients_stand_in(_original):
    import numpy as np

    def stand_in(_x, _y, *matrices):
        # They change with every matrix, so that it shows at which ones they were taken.
        size = 1 + 0.3 * sum((which + 1) * np.mean(W) for which, W in enumerate(matrices))
        return tuple(0.1 * size * np.cos(np.arange(float(np.size(W)))).reshape(np.shape(W)) for W in matrices)

    return stand_in


def gradients_replaced(*matrices: Array) -> list[Array]:
    """Return what the stand-in for ``gradients`` returns."""
    size = 1 + 0.3 * sum((which + 1) * np.mean(W) for which, W in enumerate(matrices))
    return [0.1 * size * np.cos(np.arange(float(W.size))).reshape(W.shape) for W in matrices]


def backwards(x: Array, y: float, W1: Array, W2: Array, found: Forward) -> list[Array]:
    """Return the gradients that follow from a forward pass."""
    error = found.y_hat - y
    dz2 = error * W2[0] * found.h2 * (1 - found.h2)
    return [first_from_second(x, W1, found, dz2), np.outer(dz2, found.h1), error * found.h2[None, :]]


def first_from_second(x: Array, W1: Array, found: Forward, dz2: Array) -> Array:
    return np.outer(W1.T @ dz2 * found.h1 * (1 - found.h1), x)


def follows_from_own(x: Array, W1: Array, W2: Array, found: Forward, own_gradients: list[Any], which: int) -> Array:
    """Return the gradient of matrix ``which`` that follows from the student's own gradient of the matrix behind it."""
    behind = numbers(own_gradients[which + 1], shape=(W1, W2)[which].shape).astype(np.float64)
    if not 1e-6 < np.abs(behind).max() < 1e6:
        raise Wrong(
            f"{GRADIENTS[which + 1]} is zero everywhere, or far too large, so what follows from it cannot be judged."
        )
    inputs = (found.h1, found.h2)[which]
    delta = behind @ inputs / (inputs @ inputs)
    if which == 1:
        return np.outer(delta[0] * W2[0] * found.h2 * (1 - found.h2), found.h1)
    return first_from_second(x, W1, found, delta)


def judge_gradient(
    student: Any, stand_in: Any, rng: np.random.Generator, sizes: tuple[int, int, int], which: int
) -> None:
    """Judge one of the three gradients: the right one, or the one that follows from the student's own gradient one
    layer on.
    """
    x, W0, W1, W2 = network(rng, sizes)
    y = float(rng.choice([-1, 1]) * rng.uniform(4, 6))

    def judge(found: Forward) -> None:
        answer = entries(student.gradients(x, y, W0, W1, W2), GRADIENTS)
        checks = [
            lambda: assert_close(answer[which], backwards(x, y, W1, W2, found)[which], what=f"`{GRADIENTS[which]}`")
        ]
        if which < 2:
            checks.append(
                lambda: assert_close(
                    answer[which], follows_from_own(x, W1, W2, found, answer, which), what=f"`{GRADIENTS[which]}`"
                )
            )
        first_that_holds(*checks)

    stand_in.judge(
        lambda: judge(right_forward(x, W0, W1, W2)),
        lambda: first_that_holds(*(lambda found=found: judge(found) for found in forwards_replaced(W0, W1, W2))),
        forward=forward_stand_in,
    )


@criterion(
    "ex1b",
    weight=1,
    hint="∂L/∂ŷ = ŷ − y, and ŷ depends on entry j of W2 through h2's entry j. The shape is that of W2, (1, n2).",
)
@all_sizes
def test_gradient_of_the_output_matrix(student, stand_in, rng, sizes):
    """`dW2` is the derivative of the loss with respect to W2, for layers of any size."""
    judge_gradient(student, stand_in, rng, sizes, 2)


@criterion(
    "ex1b",
    weight=1,
    hint="From ŷ to z2 the error passes W2 and the derivative of the sigmoid. Row i of W1 leads to entry i of z2.",
)
@all_sizes
def test_gradient_of_the_second_matrix(student, stand_in, rng, sizes):
    """`dW1` is the derivative of the loss with respect to W1, for layers of any size."""
    judge_gradient(student, stand_in, rng, sizes, 1)


@criterion(
    "ex1b",
    weight=1,
    hint="On its way back the error passes the transpose of W1 and the derivative of the sigmoid at z1.",
)
@all_sizes
def test_gradient_of_the_first_matrix(student, stand_in, rng, sizes):
    """`dW0` is the derivative of the loss with respect to W0, for layers of any size."""
    judge_gradient(student, stand_in, rng, sizes, 0)


def updated(matrices: list[Array], steps: list[Array], eta: float) -> list[Array]:
    return [W - eta * dW for W, dW in zip(matrices, steps, strict=True)]


def judge_update(student: Any, stand_in: Any, x: Array, y: float, matrices: list[Array], eta: float) -> None:
    """Judge the new matrices by the right gradients, by the student's own ones, or by those of stand-ins."""

    def assert_updated(want: list[Array]) -> None:
        found = entries(student.sgd_update(x, y, *matrices, eta), MATRICES)
        for name, value, matrix in zip(MATRICES, found, want, strict=True):
            assert_close(value, matrix, what=f"`{name}`")

    def by_own_gradients() -> None:
        found = entries(student.gradients(x, y, *matrices), GRADIENTS)
        steps = [numbers(value, shape=W.shape).astype(np.float64) for value, W in zip(found, matrices, strict=True)]
        if not all(1e-6 < np.abs(step).max() < 1e6 for step in steps):
            raise Wrong("A gradient is zero everywhere, or far too large, so the step cannot be judged.")
        assert_updated(updated(matrices, steps, eta))

    def with_stand_ins() -> None:
        steps = [
            gradients_replaced(*matrices),
            *(backwards(x, y, *matrices[1:], found) for found in forwards_replaced(*matrices)),
        ]
        first_that_holds(*(lambda step=step: assert_updated(updated(matrices, step, eta)) for step in steps))

    right = updated(matrices, backwards(x, y, *matrices[1:], right_forward(x, *matrices)), eta)
    stand_in.judge(
        lambda: first_that_holds(lambda: assert_updated(right), by_own_gradients),
        with_stand_ins,
        forward=forward_stand_in,
        gradients=gradients_stand_in,
    )


@criterion("ex1b", weight=1, hint="The new matrix is W − η ∂L/∂W, with all three gradients taken at the old matrices.")
@all_sizes
def test_step_of_gradient_descent(student, stand_in, rng, sizes):
    """`sgd_update` takes one step against the gradients at the old matrices, with any learning rate."""
    x, *matrices = network(rng, sizes)
    judge_update(student, stand_in, x, float(rng.uniform(4, 6)), matrices, float(rng.uniform(0.3, 0.9)))


@criterion(
    "ex1b", weight=0.5, hint="All entries of a matrix stay equal here. What are ∂L/∂ŷ, ∂L/∂z2 and ∂L/∂z1 on paper?"
)
def test_update_of_the_printed_example(student, stand_in):
    """The new matrices of the example with equal weights are right, with y = 2 and η = 1."""
    x, *matrices = EXAMPLE
    judge_update(student, stand_in, x, 2.0, matrices, 1.0)


@criterion(
    "ex1b",
    weight=0.5,
    hint="W −= … changes the array that was handed over. Make a new one: W − …",
    requires=(
        "test_gradient_of_the_output_matrix",
        "test_gradient_of_the_second_matrix",
        "test_gradient_of_the_first_matrix",
        "test_step_of_gradient_descent",
        "test_update_of_the_printed_example",
    ),
)
def test_update_leaves_its_arguments_alone(student, stand_in, rng):
    """`gradients` and `sgd_update` do not change their arguments."""
    x, *matrices = network(rng, (3, 5, 4))

    def attempt() -> None:
        for value in (
            assert_arguments_unchanged(student.gradients, x, 1.5, *matrices),
            assert_arguments_unchanged(student.sgd_update, x, 1.5, *matrices, 0.2),
        ):
            numbers(entries(value, MATRICES)[0], shape=(5, 3))

    stand_in.judge(attempt, forward=forward_stand_in)
