"""Question 2: Adam, its very first step, and AdamW."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from answers import about, entries, judge_own_or_with_stand_ins
from optimizers import Array, adam_of_torch, adam_update, moments

from sheetgrader import StudentError, Wrong, assert_arguments_unchanged, assert_close, criterion, numbers, probe

NAMES = ("theta", "m", "v")
SHAPES: list[tuple[int, ...]] = [(), (5,), (3, 4), (2, 3, 2)]


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


# 2a


@criterion("ex2a", weight=2, hint="mₜ = β₁mₜ₋₁ + (1 − β₁)gₜ, and vₜ likewise with β₂ and gₜ². Return them as they are, before the bias correction.")
def test_adam_moments(student, rng):
    """`adam_step` returns the two running averages m and v, for arrays of any shape."""
    for step in steps(rng):
        value = student.adam_step(*step.arguments, **step.keywords)
        with about(value):
            for name, got, want in zip(NAMES[1:], entries(value, NAMES)[1:], step.moments(), strict=True):
                assert_close(got, want, what=name)


def check_update(function: Any, step: Step, **more: float) -> None:
    """Check θ; a mistake in the moments has lost its points already, so an update that is right for the moments returned is right."""
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


@criterion(
    "ex2a",
    weight=3,
    hint="Are both moments divided by 1 − βᵗ, with t counted from 1? Is the update subtracted, m̂ divided by the root of v̂ and not by v̂?",
)
def test_adam_update(student, rng):
    """`adam_step` changes θ by −η·m̂/(√v̂ + ε) with bias-corrected moments, for first and later steps and any hyperparameters."""
    for step in [*steps(rng), *(step for step in steps(rng, theta_scale=1.0) if step.lr > 0.01)]:
        check_update(student.adam_step, step)


@criterion("ex2a", weight=2, hint="Call your function several times in a row with t = 1, 2, 3, …, and give it the m and v that it returned before.")
def test_adam_like_torch(student, rng):
    """50 steps of `adam_step` end where PyTorch's Adam does."""
    gradients = [gradient(rng, (4, 3)) for _ in range(50)]
    check_run(student.adam_step, np.zeros((4, 3)), gradients, adam_of_torch(np.zeros((4, 3)), gradients))


def check_run(function: Any, start: Array, gradients: list[Array], wanted: Array, *, atol: float = 0.0, **keywords: float) -> None:
    theta, m, v, value = start, np.zeros_like(start), np.zeros_like(start), None
    for t, grad in enumerate(gradients, start=1):
        value = function(theta, grad, m, v, t, **keywords)
        with about(value):
            theta, m, v = (numbers(part, start.shape) for part in entries(value, NAMES))
    try:
        assert_close(theta, wanted, rtol=1e-4 if theta.dtype != np.float64 else 2e-6, atol=atol)
    except Wrong:
        raise Wrong(f"After {len(gradients)} steps theta is not where it should be.", value=value) from None


COPY_HINT = "Operators such as m *= beta1 change the array itself, which belongs to whoever called. Write m = beta1 * m + …, which makes a new one."


@criterion("ex2a", weight=1, hint=COPY_HINT)
def test_adam_changes_nothing_in_place(student, rng):
    """`adam_step` leaves the arrays that it is given as they are."""
    check_unchanged(student.adam_step, rng)


def check_unchanged(function: Any, rng: np.random.Generator) -> None:
    shape = (4, 3)
    arguments = (rng.normal(size=shape), gradient(rng, shape), rng.normal(size=shape), rng.uniform(1, 2, size=shape))
    value = assert_arguments_unchanged(function, *arguments, 3)
    for part in entries(value, NAMES):
        numbers(part, shape)


# Harmless stand-ins for `adam_step`, for 2b and 2d: one step of another optimizer, whose moments say that it was called.


@probe
def adam_stand_in(_original):
    import numpy

    def stand_in(theta, grad, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, **_others):  # noqa: ARG001  # called like adam_step
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

    judge_own_or_with_stand_ins(as_it_stands, replaced)


# 2b


def judge_first(student: Any, stand_in: Any, cases: list[tuple[Array, dict[str, float]]], *, size_only: bool = False) -> None:
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
    hint="With m₀ = v₀ = 0 both bias corrections cancel, m̂ = g and v̂ = g². The update goes against the gradient, and its size is η whatever the"
    " size of g.",
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
            if np.abs(got[zeros == 0]).max() > 1e-12:
                raise Wrong("The update is not 0 where the gradient is 0.", value=value)
            if zeros is grad and not np.abs(got[grad != 0]).min() > 0:
                raise Wrong("The update is 0 where the gradient is not.", value=value)

    judge_own_or_with_adam(stand_in, check, check)


@criterion(
    "ex2b",
    weight=2,
    hint="Keep the ε: the denominator is |g| + ε, with ε outside of the root, so for |g| = ε the update is half as large as for large g.",
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


@criterion("ex2b", weight=0.5, hint="Operators such as grad *= … change the array itself. Work on a copy.")
def test_first_update_changes_nothing_in_place(student, stand_in, rng):
    """`first_adam_update` leaves the gradient as it is."""
    grad = gradient(rng, (3, 4))

    def check() -> None:
        numbers(assert_arguments_unchanged(student.first_adam_update, grad), grad.shape)

    judge_own_or_with_adam(stand_in, check, check)


# 2d


def judge_adamw(stand_in: Any, check: Any) -> None:
    """Judge `adamw_step`; ``check`` is told whether the stand-in for `adam_step` is in place."""
    judge_own_or_with_adam(stand_in, lambda: check(replaced=False), lambda: check(replaced=True))


@criterion(
    "ex2d",
    weight=3,
    hint="Compare a step with weight_decay = λ and one with 0: θ must differ by −ηλθ, and by nothing else. The gradient that goes into m and v "
    "stays without decay.",
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
            without = numbers(entries(student.adamw_step(*step.arguments, **{**keywords, "weight_decay": 0.0}), NAMES)[0], step.theta.shape)
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


@criterion("ex2d", weight=1.5, hint="With weight_decay = 0 nothing but the Adam step of 2a is left.")
def test_adamw_without_decay_is_adam(student, stand_in, rng):
    """With `weight_decay=0`, `adamw_step` changes θ as Adam does."""

    def check(*, replaced: bool) -> None:
        for step in steps(rng):
            if not replaced:
                check_update(student.adamw_step, step, weight_decay=0.0)
                continue
            value = student.adamw_step(*step.arguments, **step.keywords, weight_decay=0.0)
            want = -step.lr * np.arctan(step.grad + step.m * step.beta1 + step.v * step.beta2)
            with about(value):
                assert_close(entries(value, NAMES)[0], want, what="theta")

    judge_adamw(stand_in, check)


@criterion(
    "ex2d",
    weight=1.5,
    hint="Call your function several times in a row with t = 1, 2, 3, …, with some large weights at the start, and look at how they shrink.",
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


@criterion("ex2d", weight=0.5, hint=COPY_HINT)
def test_adamw_changes_nothing_in_place(student, stand_in, rng):
    """`adamw_step` leaves the arrays that it is given as they are."""
    judge_adamw(stand_in, lambda **_: check_unchanged(student.adamw_step, rng))
