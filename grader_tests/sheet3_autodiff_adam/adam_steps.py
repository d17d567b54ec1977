"""Steps of Adam and AdamW: what students' functions are called with, and what holds for both of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from optimizers import Array, adam_update, moments

from sheetgrader import StudentError, Wrong, about, assert_arguments_unchanged, assert_close, entries, numbers, probe

NAMES = ("theta", "m", "v")
SHAPES: list[tuple[int, ...]] = [(), (5,), (3, 4), (2, 3, 2)]
COPY_HINT = (
    "Operators such as m *= beta1 change the array itself, which belongs to whoever called. Write m = beta1 * m + …,"
    " which makes a new one."
)


def gradient(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return a gradient whose entries are far from zero, where an ε inside the root and one outside agree."""
    return np.asarray(rng.choice([-1.0, 1.0], size=shape) * rng.uniform(0.7, 3, size=shape))


@dataclass(frozen=True)
class Step:
    """One step: what it starts from, and its hyperparameters."""

    theta: Array
    grad: Array
    m: Array
    v: Array
    t: int
    keywords: dict[str, float] = field(default_factory=dict)

    @property
    def arguments(self) -> tuple[Any, ...]:
        """What `adam_step` is called with."""
        return self.theta, self.grad, self.m, self.v, self.t

    @property
    def beta1(self) -> float:
        """The decay rate of m."""
        return self.keywords.get("beta1", 0.9)

    @property
    def beta2(self) -> float:
        """The decay rate of v."""
        return self.keywords.get("beta2", 0.999)

    @property
    def lr(self) -> float:
        """The learning rate."""
        return self.keywords.get("lr", 1e-3)

    def moments(self) -> tuple[Array, Array]:
        """Return the running averages after the step."""
        return moments(self.grad, self.m, self.v, self.beta1, self.beta2)

    def update(self, m: Array, v: Array) -> Array:
        """Return the change of θ that the new moments m and v ask for."""
        return adam_update(m, v, self.t, self.lr, self.beta1, self.beta2)


def steps(rng: np.random.Generator, *, theta_scale: float = 0.0) -> list[Step]:
    """Return first and later steps for arrays of several shapes, with the usual hyperparameters and with others."""
    found = []
    for shape in SHAPES:
        for t, keywords in [
            (1, {}),
            (int(rng.integers(2, 12)), {}),
            (int(rng.integers(500, 2000)), {}),
            (int(rng.integers(2, 12)), {"lr": 0.05, "beta1": 0.8, "beta2": 0.95}),
        ]:
            step = Step(np.zeros(shape), gradient(rng, shape), np.zeros(shape), np.zeros(shape), t, keywords)
            if t > 1:
                # What averages over t - 1 earlier gradients look like.
                m = np.asarray((1 - step.beta1 ** (t - 1)) * gradient(rng, shape))
                v = np.asarray((1 - step.beta2 ** (t - 1)) * gradient(rng, shape) ** 2)
                step = Step(step.theta, step.grad, m, v, t, keywords)
            theta = np.asarray(theta_scale * rng.normal(size=shape) + 0.0)
            found.append(Step(theta, step.grad, step.m, step.v, t, keywords))
    return found


def check_update(function: Any, step: Step, **more: float) -> None:
    """Check θ; a mistake in the moments has lost its points already, so an update that is right for the moments
    returned is right.
    """
    value = function(*step.arguments, **step.keywords, **more)
    shape = step.theta.shape
    with about(value):
        theta, m, v = entries(value, NAMES)
        try:
            assert_close(theta, step.theta + step.update(*step.moments()), what="theta")
        except Wrong as wrong:
            own_m, own_v = (numbers(part, shape).astype(np.float64) for part in (m, v))
            if (own_v < 0).any():
                raise
            wanted = step.theta + step.update(own_m, own_v)
            if not np.isfinite(wanted).all():
                raise
            try:
                assert_close(theta, wanted, what="theta")
            except Wrong:
                raise wrong from None


def check_run(
    function: Any, start: Array, gradients: list[Array], wanted: Array, *, atol: float = 0.0, **keywords: float
) -> None:
    theta, m, v, value = start, np.zeros_like(start), np.zeros_like(start), None
    for t, grad in enumerate(gradients, start=1):
        value = function(theta, grad, m, v, t, **keywords)
        with about(value):
            theta, m, v = (numbers(part, start.shape) for part in entries(value, NAMES))
    try:
        assert_close(theta, wanted, rtol=1e-4 if theta.dtype != np.float64 else 2e-6, atol=atol)
    except Wrong:
        raise Wrong(f"After {len(gradients)} steps theta is not where it should be.", value=value) from None


def check_large_epsilon(function: Any, rng: np.random.Generator, **more: float) -> None:
    """Check that a large ε makes the step smaller, wherever it stands in the denominator."""
    grad, nothing = gradient(rng, (3, 4)), np.zeros((3, 4))
    as_usual = numbers(entries(function(nothing, grad, nothing, nothing, 1, **more), NAMES)[0], grad.shape)
    value = function(nothing, grad, nothing, nothing, 1, eps=0.5, **more)
    with about(value):
        if not (np.abs(numbers(entries(value, NAMES)[0], grad.shape)) < 0.99 * np.abs(as_usual)).all():
            raise Wrong("With this eps theta has to move less than with the usual one.", value=value)


def check_unchanged(function: Any, rng: np.random.Generator) -> None:
    shape = (4, 3)
    arguments = (rng.normal(size=shape), gradient(rng, shape), rng.normal(size=shape), rng.uniform(1, 2, size=shape))
    value = assert_arguments_unchanged(function, *arguments, 3)
    for part in entries(value, NAMES):
        numbers(part, shape)


# Harmless stand-ins for `adam_step`, for 2b and 2d: one step of another optimizer, whose moments say that it was
# called.


@probe
def adam_stand_in(_original):
    import numpy

    # Called like adam_step.
    def stand_in(theta, grad, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, **_others):  # noqa: ARG001
        theta, grad, m, v = (numpy.asarray(part, dtype=float) for part in (theta, grad, m, v))
        direction = numpy.arctan(grad + m * beta1 + v * beta2) * (1 + eps)
        return theta - lr * direction, m + beta1 * grad, v + beta2 * grad

    return stand_in


@probe
def answering_in_tensors(function):
    import torch

    def stand_in(*arguments, **keywords):
        return tuple(torch.as_tensor(part) for part in function(*arguments, **keywords))

    return stand_in


def judge_own_or_with_adam(stand_in: Any, as_it_stands: Any, with_stand_in: Any) -> None:
    """Judge an answer as it stands, and with a stand-in for `adam_step` that answers in NumPy or in torch."""

    def replaced() -> None:
        stand_in("adam_step", adam_stand_in)
        try:
            with_stand_in()
        except StudentError as in_numpy:
            stand_in("adam_step", answering_in_tensors)
            try:
                with_stand_in()
            except StudentError:
                raise in_numpy from None

    stand_in.judge(as_it_stands, replaced)
