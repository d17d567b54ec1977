"""Question 2d: AdamW."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from adam_steps import (
    COPY_HINT,
    NAMES,
    check_large_epsilon,
    check_run,
    check_unchanged,
    check_update,
    gradient,
    judge_own_or_with_adam,
    steps,
)
from optimizers import adam_of_torch

from sheetgrader import Wrong, about, assert_close, criterion, entries, numbers


def judge_adamw(stand_in: Any, check: Any) -> None:
    """Judge `adamw_step`; ``check`` is told whether the stand-in for `adam_step` is in place."""
    judge_own_or_with_adam(stand_in, lambda: check(replaced=False), lambda: check(replaced=True))


@criterion(
    "ex2d",
    weight=3,
    hint=(
        "Compare a step with weight_decay = λ and one with 0: θ must differ by −ηλθ, and by nothing else. The gradient"
        " that goes into m and v stays without decay."
    ),
)
def test_adamw_decay_is_decoupled(student, stand_in, rng):
    """The decay changes θ by −ηλθ, undivided by √v̂."""

    def check(*, replaced: bool) -> None:
        del replaced  # the difference of the two is the decay, whichever step is taken besides
        cases = [(step, {**step.keywords, "lr": 0.01, "weight_decay": 0.1}) for step in steps(rng, theta_scale=2.0)]
        # The default values of both rates, with large weights, so that the decay is not lost beside them.
        cases += [(step, {}) for step in steps(rng, theta_scale=100.0) if not step.keywords]
        for step, keywords in cases:
            lr, decay = keywords.get("lr", 1e-3), keywords.get("weight_decay", 1e-2)
            value = student.adamw_step(*step.arguments, **keywords)
            with_decay = numbers(entries(value, NAMES)[0], step.theta.shape).astype(np.float64)
            without = numbers(
                entries(student.adamw_step(*step.arguments, **{**keywords, "weight_decay": 0.0}), NAMES)[0],
                step.theta.shape,
            )
            want = -lr * decay * step.theta
            # Decay before and after the Adam step differ by η²λ times Adam's direction; single precision rounds θ.
            rounding = 2e-7 if without.dtype != np.float64 else 1e-12
            allowed = lr**2 * decay * (5 + np.abs(step.theta).max()) + rounding * np.abs(step.theta).max()
            if not np.abs(with_decay - without.astype(np.float64) - want).max() <= allowed:
                raise Wrong("The weight decay does not change theta as it should.", value=value)

    judge_adamw(stand_in, check)


@criterion("ex2d", weight=1.5, hint="Only the gradient of the loss without penalty goes into the running averages.")
def test_adamw_moments(student, stand_in, rng):
    """The moments m and v that `adamw_step` returns know nothing of the decay."""

    def check(*, replaced: bool) -> None:
        for step in steps(rng, theta_scale=2.0):
            value = student.adamw_step(*step.arguments, **step.keywords, weight_decay=0.5)
            wanted = (step.m + step.beta1 * step.grad, step.v + step.beta2 * step.grad) if replaced else step.moments()
            with about(value):
                for name, got, want in zip(NAMES[1:], entries(value, NAMES)[1:], wanted, strict=True):
                    assert_close(got, want, what=name)

    judge_adamw(stand_in, check)


@criterion(
    "ex2d",
    weight=1.5,
    hint=(
        "With weight_decay = 0 nothing but the Adam step of 2a is left. If you call adam_step, hand on all of lr,"
        " beta1, beta2 and eps."
    ),
)
def test_adamw_without_decay_is_adam(student, stand_in, rng):
    """With `weight_decay=0`, `adamw_step` changes θ as Adam does, for any hyperparameters."""

    def check(*, replaced: bool) -> None:
        if not replaced:
            for step in steps(rng):
                check_update(student.adamw_step, step, weight_decay=0.0)
            check_large_epsilon(student.adamw_step, rng, weight_decay=0.0)
            return
        for step in [*steps(rng), *(dataclasses.replace(step, keywords={"eps": 0.5}) for step in steps(rng)[:2])]:
            value = student.adamw_step(*step.arguments, **step.keywords, weight_decay=0.0)
            direction = np.arctan(step.grad + step.m * step.beta1 + step.v * step.beta2)
            want = -step.lr * direction * (1 + step.keywords.get("eps", 1e-8))
            with about(value):
                assert_close(entries(value, NAMES)[0], want, what="theta")

    judge_adamw(stand_in, check)


@criterion(
    "ex2d",
    weight=1.5,
    hint=(
        "Call your function several times in a row with t = 1, 2, 3, …, with some large weights at the start, and look"
        " at how they shrink."
    ),
)
def test_adamw_like_torch(student, stand_in, rng):
    """50 steps of `adamw_step` end where PyTorch's AdamW does."""
    start, gradients = 2 * rng.normal(size=(4, 3)), [gradient(rng, (4, 3)) for _ in range(50)]
    lr, decay = 0.01, 0.1
    # Decay before and after the step, in all 50 steps.
    allowed = 50 * lr**2 * decay * (2 + np.abs(start).max())

    def check(*, replaced: bool) -> None:
        wanted = adam_of_torch(start, gradients, lr=lr, weight_decay=decay)
        if replaced:
            m = v = np.zeros_like(start)
            wanted = start
            for grad in gradients:
                wanted = (1 - lr * decay) * wanted - lr * np.arctan(grad + 0.9 * m + 0.999 * v)
                m, v = m + 0.9 * grad, v + 0.999 * grad
        check_run(student.adamw_step, start, gradients, wanted, atol=allowed, lr=lr, weight_decay=decay)

    judge_adamw(stand_in, check)


@criterion(
    "ex2d",
    weight=0.5,
    hint=COPY_HINT,
    requires=(
        "test_adamw_decay_is_decoupled",
        "test_adamw_moments",
        "test_adamw_without_decay_is_adam",
        "test_adamw_like_torch",
    ),
)
def test_adamw_changes_nothing_in_place(student, stand_in, rng):
    """`adamw_step` leaves the arrays that it is given as they are."""
    judge_adamw(stand_in, lambda **_: check_unchanged(student.adamw_step, rng))
