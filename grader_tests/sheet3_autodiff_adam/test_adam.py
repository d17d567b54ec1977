"""Questions 2a and 2b: Adam, and its very first step."""

from __future__ import annotations

from typing import Any

import numpy as np
from adam_steps import (
    COPY_HINT,
    NAMES,
    SHAPES,
    check_large_epsilon,
    check_run,
    check_unchanged,
    check_update,
    gradient,
    judge_own_or_with_adam,
    steps,
)
from optimizers import Array, adam_of_torch

from sheetgrader import Wrong, about, assert_arguments_unchanged, assert_close, criterion, entries, numbers

# 2a


@criterion(
    "ex2a",
    weight=2,
    hint=(
        "mₜ = β₁mₜ₋₁ + (1 − β₁)gₜ, and vₜ likewise with β₂ and gₜ². Return them as they are, before the bias"
        " correction."
    ),
)
def test_adam_moments(student, rng):
    """`adam_step` returns the two running averages m and v, for arrays of any shape."""
    for step in steps(rng):
        value = student.adam_step(*step.arguments, **step.keywords)
        with about(value):
            for name, got, want in zip(NAMES[1:], entries(value, NAMES)[1:], step.moments(), strict=True):
                assert_close(got, want, what=name)


@criterion(
    "ex2a",
    weight=3,
    hint=(
        "Are both moments divided by 1 − βᵗ, with t counted from 1? Is the update subtracted, m̂ divided by the root of"
        " v̂ and not by v̂?"
    ),
)
def test_adam_update(student, rng):
    """`adam_step` changes θ by −η·m̂/(√v̂ + ε) with bias-corrected moments, for first and later steps and any
    hyperparameters.
    """
    for step in [*steps(rng), *(step for step in steps(rng, theta_scale=1.0) if step.lr > 0.01)]:
        check_update(student.adam_step, step)


@criterion(
    "ex2a",
    weight=2,
    hint=(
        "Call your function several times in a row with t = 1, 2, 3, …, and give it the m and v that it returned"
        " before."
    ),
)
def test_adam_like_torch(student, rng):
    """50 steps of `adam_step` end where PyTorch's Adam does."""
    gradients = [gradient(rng, (4, 3)) for _ in range(50)]
    check_run(student.adam_step, np.zeros((4, 3)), gradients, adam_of_torch(np.zeros((4, 3)), gradients))


EPSILON_HINT = (
    "Add ε to √v̂, so that nothing is divided by zero: where g, m and v are 0, θ stays as it is. Is it the `eps` that"
    " is handed over?"
)


@criterion("ex2a", weight=1, hint=EPSILON_HINT)
def test_adam_uses_epsilon(student, rng):
    """`eps` stands in the denominator: θ stays where all gradients are 0, and the step is smaller for a large `eps`."""
    grad = gradient(rng, (3, 4))
    grad[0, 1] = grad[2, :2] = 0
    for zeros in (grad, np.zeros(())):
        nothing = np.zeros(zeros.shape)
        value = student.adam_step(nothing, zeros, nothing, nothing, 1)
        with about(value):
            theta = numbers(entries(value, NAMES)[0], zeros.shape)
            if np.abs(theta[zeros == 0]).max() > 1e-12:
                raise Wrong("Theta moves where the gradient is 0 and was 0 before.", value=value)
    check_large_epsilon(student.adam_step, rng)


@criterion(
    "ex2a",
    weight=1,
    hint=COPY_HINT,
    requires=("test_adam_moments", "test_adam_update", "test_adam_like_torch", "test_adam_uses_epsilon"),
)
def test_adam_changes_nothing_in_place(student, rng):
    """`adam_step` leaves the arrays that it is given as they are."""
    check_unchanged(student.adam_step, rng)


# 2b


def judge_first(
    student: Any, stand_in: Any, cases: list[tuple[Array, dict[str, float]]], *, size_only: bool = False
) -> None:
    def check(wanted: Any) -> None:
        for grad, keywords in cases:
            lr, eps = keywords.get("lr", 1e-3), keywords.get("eps", 1e-8)
            value = student.first_adam_update(grad, **keywords)
            got, want = numbers(value, grad.shape), lr * wanted(grad, eps)
            try:
                assert_close(np.abs(got) if size_only else got, np.abs(want) if size_only else want)
            except Wrong:
                raise Wrong("The update is not right.", value=value) from None

    judge_own_or_with_adam(
        stand_in,
        lambda: check(lambda grad, eps: -grad / (np.abs(grad) + eps)),
        lambda: check(lambda grad, eps: -np.arctan(grad) * (1 + eps)),
    )


@criterion(
    "ex2b",
    weight=3,
    hint=(
        "With m₀ = v₀ = 0 both bias corrections cancel, m̂ = g and v̂ = g². The update goes against the gradient, and"
        " its size is η whatever the size of g."
    ),
)
def test_first_update_is_the_sign(student, stand_in, rng):
    """For |g| ≫ ε the first update is −η·sign(g), whatever the size of the gradient."""
    cases: list[tuple[Array, dict[str, float]]] = []
    for shape in SHAPES:
        grad = gradient(rng, shape)
        cases += [(grad, {}), (np.asarray(1000 * grad), {}), (grad, {"lr": float(rng.uniform(0.1, 0.5))})]
    judge_first(student, stand_in, cases)


@criterion("ex2b", weight=1, hint="At g = 0 the formula reads 0/(0 + ε) = 0. Without ε it would be 0/0.")
def test_first_update_of_zero(student, stand_in, rng):
    """Where the gradient is 0 the update is 0, not NaN."""
    grad = gradient(rng, (3, 4))
    grad[0, 1] = grad[2, :2] = 0

    def check() -> None:
        for zeros in (grad, np.zeros(()), np.zeros(3)):
            value = student.first_adam_update(zeros)
            got = numbers(value, zeros.shape)
            if np.array_equal(got, grad):
                raise Wrong("The update is the gradient itself.", value=value)
            if np.abs(got[zeros == 0]).max() > 1e-12:
                raise Wrong("The update is not 0 where the gradient is 0.", value=value)
            if zeros is grad and not np.abs(got[grad != 0]).min() > 0:
                raise Wrong("The update is 0 where the gradient is not.", value=value)

    judge_own_or_with_adam(stand_in, check, check)


@criterion(
    "ex2b",
    weight=2,
    hint=(
        "Keep the ε: the denominator is |g| + ε, with ε outside of the root, so for |g| = ε the update is half as large"
        " as for large g."
    ),
)
def test_first_update_near_epsilon(student, stand_in, rng):
    """Where |g| is not much larger than ε the size of the update is η·|g|/(|g| + ε), with the ε that is given."""
    cases: list[tuple[Array, dict[str, float]]] = []
    for shape in SHAPES:
        sign = rng.choice([-1.0, 1.0], size=shape)
        cases += [
            (np.asarray(1e-8 * sign * rng.uniform(0.2, 5, size=shape)), {}),
            (np.asarray(sign * rng.uniform(0.05, 2, size=shape)), {"eps": 0.3}),
        ]
    judge_first(student, stand_in, cases, size_only=True)


@criterion(
    "ex2b",
    weight=0.5,
    hint="Operators such as grad *= … change the array itself. Work on a copy.",
    requires=("test_first_update_is_the_sign", "test_first_update_of_zero", "test_first_update_near_epsilon"),
)
def test_first_update_changes_nothing_in_place(student, stand_in, rng):
    """`first_adam_update` leaves the gradient as it is."""
    grad = gradient(rng, (3, 4))

    def check() -> None:
        numbers(assert_arguments_unchanged(student.first_adam_update, grad), grad.shape)

    judge_own_or_with_adam(stand_in, check, check)
