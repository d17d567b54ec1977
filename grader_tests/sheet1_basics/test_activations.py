"""Question 1: the sigmoid, the hyperbolic tangent and their derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from stand_ins import Array, call_replaced, sigmoid_replaced

from sheetgrader import (
    Wrong,
    assert_arguments_unchanged,
    assert_close,
    assert_no_warnings,
    criterion,
    first_that_holds,
    numbers,
)

SHAPES = [(7,), (3, 4), (2, 3, 2)]
#: exp overflows beyond 709.8.
EXTREMES = np.array([-1000.0, -745.0, 745.0, 1000.0])


def inputs(rng: np.random.Generator) -> list[Array]:
    """Return arrays on [-30, 30], half of their numbers on [-3, 3], where the functions change most."""
    arrays = [rng.uniform(-30, 30, size=shape) for shape in SHAPES]
    for array in arrays:
        array.reshape(-1)[::2] /= 10
    return arrays


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


# 1a


@criterion(
    "ex1a",
    weight=2,
    hint=(
        "σ(x) = 1/(1 + exp(−x)), element by element. Does your function return an array of the shape that it was given?"
    ),
)
def test_sigmoid_values(student, rng):
    """`sigmoid(x)` is σ(x) for arrays of any shape, for x from −30 to 30."""
    for x in inputs(rng):
        assert_close(student.sigmoid(x), sigmoid(x), scale=1)


@criterion(
    "ex1a", weight=1, hint="A float is no array: it has no shape, and it cannot be indexed. np.asarray makes one of it."
)
def test_sigmoid_of_a_float(student, rng):
    """`sigmoid` of a float is a single number, the same as in an array."""
    for x in rng.uniform(1, 5, size=2).tolist():
        for place in (x, -x):
            value = student.sigmoid(place)
            single = numbers(value, shape=())
            if single == place:
                raise Wrong("It is the argument itself.", value=value)
            if abs(single - sigmoid(np.float64(place))) > 1e-4:
                # Another value is the mistake of the values' criterion, as long as it is the same in an array and
                # depends on x.
                both = numbers(student.sigmoid(np.array([place, -place])), shape=(2,))
                assert_close(value, both[0], scale=1)
                if both[0] == both[1]:
                    raise Wrong("The value does not depend on x.", value=value)


@criterion("ex1a", weight=1, hint="Compare σ(x) and σ(−x) for a few x. The two add up to one, and σ grows with x.")
def test_sigmoid_is_symmetric(student, rng):
    """σ(−x) = 1 − σ(x), and σ increases."""
    x = rng.uniform(0.05, 0.25, size=30).cumsum()
    value = student.sigmoid(x)
    right = numbers(value, shape=x.shape)
    assert_close(student.sigmoid(-x), 1 - right, scale=1)
    if not (np.diff(right) > 0).all():
        raise Wrong("The values do not increase with x.", value=value)


@criterion(
    "ex1a",
    weight=2,
    hint=(
        "exp(1000) overflows, exp(−1000) does not. Treat x < 0 and x ≥ 0 separately, so that the exponent is never"
        " positive."
    ),
)
def test_sigmoid_of_large_arguments(student):
    """At x = ±1000 sigmoid is finite, 0 or 1, and gives no overflow warning."""
    assert_close(assert_no_warnings(student.sigmoid, EXTREMES), [0, 0, 1, 1], scale=1)
    assert_close(student.sigmoid(EXTREMES.reshape(2, 2)), [[0, 0], [1, 1]], scale=1)


@criterion(
    "ex1a",
    weight=0.5,
    hint="Operators such as += and x[...] = change the array itself. Work on a copy.",
    requires=(
        "test_sigmoid_values",
        "test_sigmoid_of_a_float",
        "test_sigmoid_is_symmetric",
        "test_sigmoid_of_large_arguments",
    ),
)
def test_sigmoid_leaves_its_argument_alone(student, rng):
    """`sigmoid` does not change its argument."""
    x = rng.uniform(-30, 30, size=(4, 3))
    numbers(assert_arguments_unchanged(student.sigmoid, x), shape=x.shape)


# 1b to 1d: each judged with the student's own earlier answers, or with stand-ins for them.


@dataclass(frozen=True)
class Derived:
    """A function that is to be computed from earlier ones."""

    name: str
    #: The earlier functions that it may call.
    earlier: tuple[str, ...]
    truth: Callable[[Array], Array]
    #: What it may become when the earlier functions are replaced, one for each legitimate way to compute it.
    followed: Callable[[Array], list[Array]]


def _tanh_followed(x: Array) -> list[Array]:
    half, full = sigmoid_replaced(x), sigmoid_replaced(2 * x)
    # By σ(2x), or by the double-angle formula from σ(x).
    return [2 * full - 1, (2 * half - 1) / (1 - 2 * half + 2 * half**2)]


def _sigmoid_derivative_followed(x: Array) -> list[Array]:
    # By the identity, or by differentiating the function itself, numerically or with autograd.
    return [sigmoid_replaced(x) * sigmoid_replaced(-x), 0.1 / (np.pi * (1 + (0.1 * x) ** 2))]


def _tanh_derivative_followed(x: Array) -> list[Array]:
    return [1 - _tanh_followed(x)[0] ** 2, 1 - _tanh_followed(x)[1] ** 2, 4 * _sigmoid_derivative_followed(2 * x)[1]]


TANH = Derived("tanh_from_sigmoid", ("sigmoid",), np.tanh, _tanh_followed)
SIGMOID_DERIVATIVE = Derived(
    "sigmoid_derivative",
    ("sigmoid", "tanh_from_sigmoid"),
    lambda x: sigmoid(x) * sigmoid(-x),
    _sigmoid_derivative_followed,
)
TANH_DERIVATIVE = Derived(
    "tanh_derivative",
    ("sigmoid", "tanh_from_sigmoid", "sigmoid_derivative"),
    lambda x: 1 - np.tanh(x) ** 2,
    _tanh_derivative_followed,
)


def assert_follows(got: Any, wanted: list[Array], *, scale: float | None = None) -> None:
    """Check that ``got`` is one of ``wanted``."""
    first_that_holds(*(lambda want=want: assert_close(got, want, scale=scale) for want in wanted))


def check_values(student: Any, stand_in: Any, rng: np.random.Generator, derived: Derived) -> None:
    function = getattr(student, derived.name)

    def check(x: Array, argument: Any) -> None:
        stand_in.judge(
            lambda: assert_close(function(argument), derived.truth(x)),
            lambda: assert_follows(call_replaced(stand_in, derived.earlier, function, argument), derived.followed(x)),
        )

    for x in [*inputs(rng), np.float64(rng.uniform(0.3, 2))]:
        check(x, float(x) if x.ndim == 0 else x)


def check_follows(student: Any, stand_in: Any, rng: np.random.Generator, derived: Derived) -> None:
    for x in inputs(rng):
        value = call_replaced(stand_in, derived.earlier, getattr(student, derived.name), x)
        assert_changed_accordingly(value, x, derived)


def check_large_arguments(student: Any, stand_in: Any, derived: Derived) -> None:
    function = getattr(student, derived.name)
    value = call_replaced(stand_in, derived.earlier, assert_no_warnings, function, EXTREMES)
    # The replaced derivatives are as small as 1e-6 out here, and have to be told from zero.
    assert_changed_accordingly(value, EXTREMES, derived, scale=0.01)


def assert_changed_accordingly(value: Any, x: Array, derived: Derived, *, scale: float | None = None) -> None:
    try:
        assert_follows(value, derived.followed(x), scale=scale)
    except Wrong:
        replaced = " and ".join(f"`{name}`" for name in derived.earlier)
        raise Wrong(
            f"For this test {replaced} had been replaced by other functions, and the result did not change as it"
            " should.",
            value=value,
        ) from None


def check_argument_unchanged(student: Any, stand_in: Any, rng: np.random.Generator, derived: Derived) -> None:
    x = rng.uniform(-30, 30, size=(4, 3))
    function = getattr(student, derived.name)
    numbers(call_replaced(stand_in, derived.earlier, assert_arguments_unchanged, function, x), shape=x.shape)


FOLLOW_HINT = (
    "Call `sigmoid` inside your function, by its name, and build the result from what it returns; do not use np.tanh,"
    " exp or a copy of sigmoid."
)
LARGE_HINT = (
    "With a sigmoid that is free of overflow nothing can go wrong here, unless your own formula has an exponential"
    " in it."
)
COPY_HINT = "Operators such as *= change the array itself. Write 2 * x, which makes a new one."


@criterion(
    "ex1b",
    weight=1,
    hint="tanh(x) = 2σ(2x) − 1: there is a factor 2 inside and one outside. For x = 0 the result is 0.",
)
def test_tanh_values(student, stand_in, rng):
    """`tanh_from_sigmoid(x)` is tanh(x) for floats and arrays of any shape, for x from −30 to 30."""
    check_values(student, stand_in, rng, TANH)


@criterion("ex1b", weight=3, hint=FOLLOW_HINT)
def test_tanh_goes_through_sigmoid(student, stand_in, rng):
    """`tanh_from_sigmoid` is computed by calling sigmoid: when that is replaced, the result changes accordingly."""
    check_follows(student, stand_in, rng, TANH)


@criterion("ex1b", weight=1, hint=LARGE_HINT)
def test_tanh_of_large_arguments(student, stand_in):
    """At x = ±1000, given a stable sigmoid, tanh_from_sigmoid is finite, right, and gives no overflow warning."""
    check_large_arguments(student, stand_in, TANH)


@criterion(
    "ex1b",
    weight=0.5,
    hint=COPY_HINT,
    requires=("test_tanh_values", "test_tanh_goes_through_sigmoid", "test_tanh_of_large_arguments"),
)
def test_tanh_leaves_its_argument_alone(student, stand_in, rng):
    """`tanh_from_sigmoid` does not change its argument."""
    check_argument_unchanged(student, stand_in, rng, TANH)


@criterion("ex1c", weight=1, hint="σ′(x) = σ(x)(1 − σ(x)) = σ(x)σ(−x). It is a bump with the height 1/4 at x = 0.")
def test_sigmoid_derivative_values(student, stand_in, rng):
    """`sigmoid_derivative(x)` is σ′(x) for floats and arrays of any shape, for x from −30 to 30."""
    check_values(student, stand_in, rng, SIGMOID_DERIVATIVE)


@criterion("ex1c", weight=3, hint=FOLLOW_HINT + " Calling `tanh_from_sigmoid` is fine, too.")
def test_sigmoid_derivative_goes_through_sigmoid(student, stand_in, rng):
    """`sigmoid_derivative` is computed by calling sigmoid: when that is replaced, the result changes accordingly."""
    check_follows(student, stand_in, rng, SIGMOID_DERIVATIVE)


@criterion("ex1c", weight=1, hint=LARGE_HINT)
def test_sigmoid_derivative_of_large_arguments(student, stand_in):
    """At x = ±1000, given a stable sigmoid, sigmoid_derivative is finite, right, and gives no overflow warning."""
    check_large_arguments(student, stand_in, SIGMOID_DERIVATIVE)


@criterion(
    "ex1c",
    weight=0.5,
    hint=COPY_HINT,
    requires=(
        "test_sigmoid_derivative_values",
        "test_sigmoid_derivative_goes_through_sigmoid",
        "test_sigmoid_derivative_of_large_arguments",
    ),
)
def test_sigmoid_derivative_leaves_its_argument_alone(student, stand_in, rng):
    """`sigmoid_derivative` does not change its argument."""
    check_argument_unchanged(student, stand_in, rng, SIGMOID_DERIVATIVE)


@criterion("ex1d", weight=1, hint="tanh′(x) = 4σ(2x)(1 − σ(2x)) = 4σ′(2x). It is a bump with the height 1 at x = 0.")
def test_tanh_derivative_values(student, stand_in, rng):
    """`tanh_derivative(x)` is tanh′(x) for floats and arrays of any shape, for x from −30 to 30."""
    check_values(student, stand_in, rng, TANH_DERIVATIVE)


@criterion("ex1d", weight=3, hint=FOLLOW_HINT + " Calling `tanh_from_sigmoid` or `sigmoid_derivative` is fine, too.")
def test_tanh_derivative_goes_through_sigmoid(student, stand_in, rng):
    """`tanh_derivative` is computed by calling sigmoid: when that is replaced, the result changes accordingly."""
    check_follows(student, stand_in, rng, TANH_DERIVATIVE)


@criterion("ex1d", weight=1, hint=LARGE_HINT)
def test_tanh_derivative_of_large_arguments(student, stand_in):
    """At x = ±1000, given a stable sigmoid, tanh_derivative is finite, right, and gives no overflow warning."""
    check_large_arguments(student, stand_in, TANH_DERIVATIVE)


@criterion(
    "ex1d",
    weight=0.5,
    hint=COPY_HINT,
    requires=(
        "test_tanh_derivative_values",
        "test_tanh_derivative_goes_through_sigmoid",
        "test_tanh_derivative_of_large_arguments",
    ),
)
def test_tanh_derivative_leaves_its_argument_alone(student, stand_in, rng):
    """`tanh_derivative` does not change its argument."""
    check_argument_unchanged(student, stand_in, rng, TANH_DERIVATIVE)
