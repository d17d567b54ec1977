"""Question 3: softmax, Newton's method on an example of one's own, batch normalisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from sheetgrader import (
    Handle,
    StudentError,
    Wrong,
    assert_arguments_unchanged,
    assert_close,
    assert_no_warnings,
    criterion,
    entries,
    first_that_holds,
    named_entries,
    numbers,
    probe,
)
from sheetgrader.results import Outcome

Array = npt.NDArray[np.float64]

# 3c


def softmax(logits: Array) -> Array:
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


@criterion("ex3c", weight=2, hint="The sum runs over the last axis only: axis=-1, keepdims=True.")
@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 5)], ids=str)
def test_softmax_values(student, rng, shape):
    """`softmax(logits)` is the softmax along the last axis, for arrays with one axis or more."""
    logits = rng.normal(scale=2, size=shape)
    assert_close(student.softmax(logits), softmax(logits), scale=1)


@criterion(
    "ex3c",
    weight=1,
    hint=(
        "Probabilities along the last axis add up to one. Adding a number to all logits of a row cancels in the"
        " fraction."
    ),
)
def test_softmax_properties(student, rng):
    """Rows are positive, add up to one, keep the order of the logits, and do not change when a number is added to a
    row.
    """
    logits = rng.normal(scale=2, size=(4, 6))
    value = student.softmax(logits)
    rows = numbers(value, shape=logits.shape)
    if not ((rows > 0) & (rows < 1)).all() or np.abs(rows.sum(axis=1) - 1).max() > 1e-4:
        raise Wrong("Its rows are no probabilities: numbers between 0 and 1 that add up to 1.", value=value)
    if not (rows.argmax(axis=1) == logits.argmax(axis=1)).all():
        raise Wrong("The largest logit of a row does not have the largest probability.", value=value)
    assert_close(student.softmax(logits + rng.uniform(-3, 3, size=(4, 1))), rows, scale=1)


@criterion(
    "ex3c",
    weight=2,
    hint="Subtract the largest logit of each row, not of the whole array, before you take exponentials.",
)
def test_softmax_of_large_logits(student):
    """Logits of ±1000, and rows that differ by 2000, give the right probabilities, no NaN and no warning."""
    logits = np.array(
        [[1000.0, 999.0, -1000.0], [-1000.0, -1000.0, 1000.0], [-1000.0, -999.0, -998.0], [0.0, 1.0, 2.0]]
    )
    assert_close(assert_no_warnings(student.softmax, logits), softmax(logits), scale=1)
    assert_close(student.softmax(logits[2]), softmax(logits[2]), scale=1)


@criterion(
    "ex3c",
    weight=0.5,
    hint="logits -= ... changes the array itself. Write logits = logits - ..., which makes a new one.",
    requires=("test_softmax_values", "test_softmax_properties", "test_softmax_of_large_logits"),
)
def test_softmax_leaves_its_argument_alone(student, rng):
    """`softmax` does not change its argument."""
    numbers(assert_arguments_unchanged(student.softmax, rng.normal(size=(3, 4))), shape=(3, 4))


# 3g

RATES = (0.001, 0.01, 0.1)
#: What counts as a gradient of zero.
ZERO = 1e-8


@probe
def values_at(function, places):
    return [function(x) for x in places]


class Function:
    """One of the student's functions of one variable, asked number by number and each number once."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._known: dict[float, float] = {}
        self.single_precision = False

    def __call__(self, x: float) -> float:
        """Return the function's value at ``x``."""
        if x not in self._known:
            value = numbers(self._handle(x), shape=())
            self.single_precision = self.single_precision or value.dtype != np.float64
            self._known[x] = float(value)
        return self._known[x]

    def at(self, places: Sequence[float]) -> Array:
        """Return the function's values at many places, with one crossing."""
        asked = [x for x in places if x not in self._known]
        values = entries(values_at(self._handle, asked), [str(x) for x in asked]) if asked else []
        for x, value in zip(asked, values, strict=True):
            single = numbers(value, shape=())
            self.single_precision = self.single_precision or single.dtype != np.float64
            self._known[x] = float(single)
        return np.array([self._known[x] for x in places])


@dataclass(frozen=True)
class Example:
    """The student's example."""

    f: Function
    gradient: Function
    hessian: Function
    start: float
    #: What ``newton_example`` returned.
    answer: Any

    @property
    def landing(self) -> float:
        """Where the Newton step from the start leads; not finite where the second derivative is zero."""
        return float(
            np.float64(self.start) - np.float64(self.gradient(self.start)) / np.float64(self.hessian(self.start))
        )

    @property
    def scale(self) -> float:
        """A length on which the function may be explored."""
        distance = abs(self.start - self.landing)
        return distance if ZERO < distance < np.inf else max(1.0, abs(self.start))

    def is_stationary(self, x: float) -> bool:
        """Tell whether the gradient is zero at ``x``, as far as its precision can tell."""
        slope = abs(self.gradient(x))
        return slope <= ZERO or (self.gradient.single_precision and slope <= 1e-5 * abs(self.gradient(self.start)))


def newton_example(student: Any) -> Example:
    value = student.newton_example()
    content = named_entries(value, ("f", "gradient", "hessian", "start"))
    for name in ("f", "gradient", "hessian"):
        if not isinstance(content[name], Handle):
            raise Wrong(f"The entry {name} is no function.", value=value)
    f, gradient, hessian = (Function(content[name]) for name in ("f", "gradient", "hessian"))
    return Example(f, gradient, hessian, start=float(numbers(content["start"], shape=())), answer=value)


def slopes(function: Function, places: Sequence[float], width: float) -> Array:
    """Return derivatives by central differences of fourth order."""
    values = function.at([x + step * width for x in places for step in (-2, -1, 1, 2)]).reshape(-1, 4)
    return values @ np.array([1, -8, 8, -1]) / (12 * width)


def assert_is_derivative(example: Example, names: tuple[str, str], places: Sequence[float]) -> None:
    """Check that the first function named is the derivative of the second, by whichever step width suits that
    one best.
    """
    claimed, function = (getattr(example, name) for name in names)
    wanted = claimed.at(places)
    error: StudentError | None = None
    for width in (1e-2, 1e-1, 1e-3, 1e-4):
        try:
            estimated = slopes(function, places, width * example.scale)
        except StudentError as failure:
            if failure.outcome not in (Outcome.RAISED, Outcome.WRONG):
                raise
            # The function may not be defined so far away.
            error = failure
            continue
        error = None
        if np.abs(wanted - estimated).max() <= 1e-3 * np.abs(estimated).max() + 1e-9:
            return
    raise error or Wrong(
        f"`{names[0]}` does not agree with difference quotients of `{names[1]}`, so it is not its derivative.",
        value=example.answer,
    )


def places_to_look_at(example: Example, rng: np.random.Generator) -> list[float]:
    """Return the start, where the Newton step lands, and places between them."""
    start = example.start
    landing = example.landing if np.isfinite(example.landing) else start + example.scale
    return [start, landing, *(start + share * (landing - start) for share in rng.uniform(0.1, 0.9, size=3).tolist())]


@criterion(
    "ex3g",
    weight=1,
    hint=(
        "Differentiate f twice, with the chain rule where something stands inside, and compare with a difference"
        " quotient."
    ),
)
def test_newton_derivatives(student, rng):
    """`gradient` is the derivative of `f`, and `hessian` that of `gradient`, between the start and where the Newton
    step lands and at both.
    """
    example = newton_example(student)
    places = places_to_look_at(example, rng)
    assert_is_derivative(example, ("gradient", "f"), places)
    assert_is_derivative(example, ("hessian", "gradient"), places)
    if np.ptp(example.f.at([*places, example.start + 1e-2 * example.scale])) == 0:
        raise Wrong("`f` is the same everywhere, so there is nothing to differentiate.", value=example.answer)


@criterion(
    "ex3g",
    weight=1,
    hint=(
        "Newton's method is exact where f is its own Taylor polynomial of second order. Should the curvature be"
        " positive or negative at a minimum?"
    ),
)
def test_newton_step_lands(student):
    """One Newton step from the start lands on a minimum of `f`, with a gradient of at most 1e-8."""
    example = newton_example(student)
    landing, width = example.landing, 1e-2 * example.scale
    if not np.isfinite(landing):
        raise Wrong(
            "The Newton step from the start cannot be computed: the second derivative is zero there, or the numbers are"
            " too large.",
            value=example.answer,
        )
    if not example.is_stationary(landing):
        raise Wrong(f"The Newton step lands at {landing:.6g}, where the gradient is not zero.", value=example.answer)
    left, middle, right = (example.f(landing + step) for step in (-width, 0.0, width))
    lowest = np.float64(middle) - 1e-6 * np.abs([left, middle, right]).max()
    if min(left, right) < lowest or example.hessian(landing) < 0:
        raise Wrong(f"The Newton step lands at {landing:.6g}, where `f` has no minimum.", value=example.answer)


@criterion(
    "ex3g",
    weight=1,
    hint=(
        "Gradient descent needs one step, too, if the learning rate is exactly 1/f″. Choose another curvature, and do"
        " not start at the minimum."
    ),
)
def test_gradient_steps_do_not_land(student, rng):
    """One step of gradient descent from the start lands on no minimum with the learning rates 0.001, 0.01 and 0.1."""
    example = newton_example(student)
    places = places_to_look_at(example, rng)
    # Steps along any numbers land nowhere; a mistake in one of the derivatives has lost its points already.
    first_that_holds(
        lambda: assert_is_derivative(example, ("gradient", "f"), places),
        lambda: assert_is_derivative(example, ("hessian", "gradient"), places),
    )
    for rate in RATES:
        reached = float(np.float64(example.start) - rate * np.float64(example.gradient(example.start)))
        if not np.isfinite(reached):
            raise Wrong("The numbers are too large to compute with.", value=example.answer)
        if example.is_stationary(reached):
            raise Wrong(
                f"With the learning rate {rate:g} gradient descent arrives at {reached:.6g}, where the gradient is zero"
                " as well.",
                value=example.answer,
            )


# 3h


def batch_norm(x: Array, eps: float = 1e-5, *, divisor_less: int = 0) -> Array:
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0, ddof=divisor_less) + eps)


def batch(rng: np.random.Generator, shape: tuple[int, ...], deviations: npt.ArrayLike) -> Array:
    """Return a batch whose features have exactly these standard deviations, and means of the same size."""
    x = rng.normal(size=shape)
    return (rng.uniform(-3, 3, size=shape[1:]) + (x - x.mean(axis=0)) / x.std(axis=0)) * deviations


@criterion(
    "ex3h", weight=2, hint="Mean and variance are taken over axis 0, and the variance is divided by n, not by n − 1."
)
@pytest.mark.parametrize("shape", [(6,), (5, 3), (4, 3, 2)], ids=str)
def test_batch_norm_values(student, rng, shape):
    """`batch_norm(x)` normalises each feature over axis 0, for arrays with one axis or more."""
    x = batch(rng, shape, rng.uniform(1, 3, size=shape[1:]))
    # Wide enough for a mistake in eps, which has a criterion of its own.
    assert_close(student.batch_norm(x), batch_norm(x), rtol=1e-4)


@criterion(
    "ex3h", weight=1, hint="The mean of one example is the example, and its variance is 0. What is left of the formula?"
)
def test_batch_norm_of_one(student, rng):
    """A batch of one example gives zeros, without a warning, and a larger batch does not."""
    for shape in [(1, 4), (1,), (1, 2, 3)]:
        x = rng.normal(2, 3, size=shape)
        assert_close(assert_no_warnings(student.batch_norm, x), np.zeros(shape))
    value = student.batch_norm(np.array([[1.0], [3.0]]))
    if not numbers(value, shape=(2, 1)).any():
        raise Wrong("It is zero for two different examples, too.", value=value)


@criterion("ex3h", weight=1, hint="eps is added to the variance, under the square root.")
def test_batch_norm_eps(student, rng):
    """`eps` may be chosen, and is added to the variance under the root; features that vary little show it."""
    x = batch(rng, (40, 4), [0.1, 0.5, 1, 2])
    for eps in (1.0, float(rng.uniform(0.01, 0.5))):
        assert_close_for_either_divisor(student.batch_norm(x, eps=eps), x, eps)
    x = batch(rng, (40, 4), 1e-3)
    assert_close_for_either_divisor(student.batch_norm(x), x, 1e-5)


def assert_close_for_either_divisor(value: Any, x: Array, eps: float) -> None:
    """Check ``value``, and let a variance divided by n − 1 pass: that is a mistake of its own."""
    first_that_holds(*(lambda less=less: assert_close(value, batch_norm(x, eps, divisor_less=less)) for less in (0, 1)))


@criterion(
    "ex3h",
    weight=0.5,
    hint="x -= ... changes the array itself. Write x = x - ..., which makes a new one.",
    requires=("test_batch_norm_values", "test_batch_norm_of_one", "test_batch_norm_eps"),
)
def test_batch_norm_leaves_its_argument_alone(student, rng):
    """`batch_norm` does not change its argument."""
    numbers(assert_arguments_unchanged(student.batch_norm, rng.normal(size=(5, 3))), shape=(5, 3))
