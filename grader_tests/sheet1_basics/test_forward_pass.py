"""Question 5: the forward pass of a network with one hidden layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from stand_ins import Array, call_replaced, softmax_replaced

from sheetgrader import Wrong, assert_arguments_unchanged, assert_close, assert_no_warnings, criterion, entries, numbers

#: Takes h, o, p and the softmax by which p is to be judged.
Judgement = Callable[..., object]

NAMES = ("h", "o", "p")
X = np.array([0.5, -1.0, 2.0, 1.0])
W1 = np.array([[-0.2, 0.9, 0.4], [-0.1, 0.3, 0.4], [0.2, 0.5, -0.7], [0.2, -0.5, 0.5]])
W2 = np.array([[0.6, -0.2], [-0.1, 0.8], [-0.5, -0.3]])

#: A single input, and a batch.
one_and_many = pytest.mark.parametrize("batch", [None, 5], ids=["one input", "batch"])


def softmax(logits: Array) -> Array:
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def network(rng: np.random.Generator, batch: int | None) -> tuple[Array, Array, Array]:
    """Return an input or a batch of them, and weights, with layers of sizes that differ."""
    sizes = rng.permutation([3, 4, 6, 7])[:3]
    x = rng.normal(size=sizes[:1] if batch is None else (batch, sizes[0]))
    weights = rng.normal(size=sizes[:2]), rng.normal(size=sizes[1:])
    # The first hidden unit is active for the first input, so that its activations are never all zero.
    first = x if batch is None else x[0]
    weights[0][:, 0] *= np.sign(first @ weights[0][:, 0])
    return x, *weights


def own_hidden(h: Any, x: Array, W1: Array) -> Array:
    """Return the student's hidden activations, by which what follows is judged, so that a mistake in them costs
    once.
    """
    hidden = numbers(h, shape=(x @ W1).shape).astype(np.float64)
    if not hidden.any() or np.abs(hidden).max() > 1e6:
        raise Wrong(
            "The hidden activations h are zero everywhere, or far too large, so nothing that follows can be judged."
        )
    return hidden


def plainly(function: Any, *arguments: Any) -> Any:
    return function(*arguments)


def judge(
    student: Any, stand_in: Any, arguments: tuple[Array, ...], judgement: Judgement, ask: Callable[..., Any] = plainly
) -> None:
    """Judge what ``forward_pass`` returns, with the student's own ``softmax`` of question 3c or a stand-in for it, if
    they call it.
    """

    def replaced() -> None:
        found = call_replaced(stand_in, ("softmax",), ask, student.forward_pass, *arguments)
        judgement(*entries(found, NAMES), softmax_replaced)

    stand_in.judge(lambda: judgement(*entries(ask(student.forward_pass, *arguments), NAMES), softmax), replaced)


def assert_probabilities(p: Any, o: Any, shape: tuple[int, ...], softmax: Callable[[Array], Array]) -> Array:
    """Check that ``p`` follows from the student's own logits, and return these."""
    logits = numbers(o, shape=shape).astype(np.float64)
    assert_close(p, softmax(logits), scale=1, what="p")
    return logits


@criterion(
    "ex5",
    weight=1,
    hint="Compute it by hand: h has three entries, the last one is 0 because of ReLU, and p adds up to one.",
    requires=("test_hidden_activations", "test_logits", "test_probabilities"),
)
def test_printed_example(student, stand_in):
    """The example with the given inputs and weights comes out right."""

    def judgement(h: Any, o: Any, p: Any, softmax: Any) -> None:
        assert_close(h, [0.6, 0.65, 0.0], what="h")
        assert_close(o, [0.295, 0.4], what="o")
        assert_probabilities(p, o, (2,), softmax)

    judge(student, stand_in, (X, W1, W2), judgement)


@criterion(
    "ex5",
    weight=1,
    hint=(
        "h = max(0, x W1), entry by entry: W1 has one row for each input unit, and the inputs of a batch are rows too."
    ),
)
@one_and_many
def test_hidden_activations(student, stand_in, rng, batch):
    """`h` are the hidden activations after ReLU, for layers of any size."""
    x, W1, W2 = network(rng, batch)
    judge(student, stand_in, (x, W1, W2), lambda h, *_: assert_close(h, np.maximum(0, x @ W1), what="h"))


@criterion("ex5", weight=1, hint="o = h W2, from your own h. There is no activation function before softmax.")
@one_and_many
def test_logits(student, stand_in, rng, batch):
    """`o` are the logits that follow from the hidden activations, for layers of any size."""
    x, W1, W2 = network(rng, batch)
    judge(student, stand_in, (x, W1, W2), lambda h, o, *_: assert_close(o, own_hidden(h, x, W1) @ W2, what="o"))


@criterion(
    "ex5", weight=1, hint="Softmax runs over the output units, the last axis. In a batch each row adds up to one."
)
@one_and_many
def test_probabilities(student, stand_in, rng, batch):
    """`p` is the softmax of the logits, for layers of any size."""
    x, W1, W2 = network(rng, batch)

    def judgement(h: Any, o: Any, p: Any, softmax: Any) -> None:
        own_hidden(h, x, W1)
        assert_probabilities(p, o, (x @ W1 @ W2).shape, softmax)

    judge(student, stand_in, (x, W1, W2), judgement)


@criterion("ex5", weight=1, hint="Subtract the largest logit of each row before you take exponentials.")
def test_large_logits(student, stand_in):
    """Logits of ±1000 give the right probabilities, no NaN and no warning."""
    W1, W2 = np.eye(2), np.array([[1000.0, -1000.0, 999.0], [-1000.0, 1000.0, -1000.0]])
    for x in (np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([0.0, 1.0])):

        def judgement(_: Any, o: Any, p: Any, softmax: Any, x: Array = x) -> None:
            if np.abs(assert_probabilities(p, o, (x @ W2).shape, softmax)).max() < 100:
                raise Wrong(
                    "The logits o are not as large as they have to be here, so softmax was not put to the test."
                )

        judge(student, stand_in, (x, W1, W2), judgement, assert_no_warnings)


@criterion(
    "ex5",
    weight=0.5,
    hint="Operators such as *= change the array itself. Work on a copy.",
    requires=("test_hidden_activations", "test_logits", "test_probabilities", "test_large_logits"),
)
def test_forward_pass_leaves_its_arguments_alone(student, stand_in, rng):
    """`forward_pass` does not change its arguments."""
    judge(student, stand_in, network(rng, 5), lambda *_: None, assert_arguments_unchanged)
