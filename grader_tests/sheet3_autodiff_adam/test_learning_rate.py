"""Question 3d: the schedule of the learning rate, and training with three rates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from networks import Array, fresh_data

from sheetgrader import (
    Wrong,
    assert_arguments_unchanged,
    assert_close,
    criterion,
    entries,
    named_entries,
    numbers,
    probe,
    series,
)
from sheetgrader.graders.models import tensors_or_arrays


def rates(student: Any, steps: list[int], warmup: int, total: int, peak: float) -> Array:
    """Return the rates in these steps, in single precision where one of them came so."""
    found = [numbers(student.warmup_cosine(step, warmup, total, peak), shape=()) for step in steps]
    return np.array(found, dtype=np.float64 if all(rate.dtype == np.float64 for rate in found) else np.float32)


def schedules(rng: np.random.Generator) -> list[tuple[int, int, float]]:
    """Return warm-up steps, all steps and peak rates."""
    return [
        (warmup, warmup + int(rng.integers(11, 400)), float(rng.uniform(0.5, 2) * 10.0 ** -rng.integers(1, 4)))
        for warmup in rng.integers(3, 60, size=4).tolist()
    ]


@criterion(
    "ex3d", weight=1, hint="In step s < W the rate is η·s/W: 0 in step 0, and just below the peak in step W − 1."
)
def test_warmup_is_linear(student, rng):
    """`warmup_cosine` grows linearly from 0 in step 0 to the peak."""
    for warmup, total, peak in schedules(rng):
        steps = [0, 1, warmup // 2, warmup - 1]
        assert_close(
            rates(student, steps, warmup, total, peak),
            peak * np.array(steps) / warmup,
            scale=peak,
            what="the rates during the warm-up",
        )


@criterion(
    "ex3d",
    weight=1.5,
    hint=(
        "Measure the progress of the cosine from the end of the warm-up: (s − W)/(T − W) is 0 in step W and 1 in step"
        " T. Is the angle in radians?"
    ),
)
def test_cosine_from_the_peak_to_zero(student, rng):
    """From the peak in step W the rate follows half a cosine down to 0 in step T."""
    for warmup, total, peak in schedules(rng):
        steps = [warmup, *sorted(rng.integers(warmup + 1, total, size=4).tolist()), total]
        progress = (np.array(steps) - warmup) / (total - warmup)
        assert_close(
            rates(student, steps, warmup, total, peak),
            peak * (1 + np.cos(np.pi * progress)) / 2,
            scale=peak,
            what="the rates after the warm-up",
        )


@criterion("ex3d", weight=0.5, hint="A cosine goes up again after π.")
def test_no_rate_after_the_end(student, rng):
    """Steps after the last one have the learning rate 0."""
    for warmup, total, peak in schedules(rng):
        during = rates(student, [warmup + 1], warmup, total, peak)
        if not during[0] > 0:
            raise Wrong("The learning rate is 0 before the end as well.")
        assert_close(
            rates(student, [total + 1, total + 7, 3 * total], warmup, total, peak),
            np.zeros(3),
            atol=1e-9 * peak,
            rtol=0,
            what="the rates after the end",
        )


@criterion("ex3d", weight=0.5, hint="With W = 0 there is nothing to divide by: step 0 has the peak rate already.")
def test_without_warmup(student, rng):
    """With `warmup_steps=0` the schedule starts at its peak."""
    for _, total, peak in schedules(rng):
        first, later = rates(student, [0, total // 3], 0, total, peak)
        # A cosine of another shape has lost its points already; here it has to start at its peak and to fall.
        assert_close(first, peak, what="the rate in step 0")
        if not 0 <= later < peak:
            raise Wrong("Without warm-up the rate does not fall after step 0.")


# Training with three rates.

#: Added to the outputs of the validation data, so that their errors cannot be mistaken for those of the training data,
#: and that a network that was trained on them is far from both: a quarter of the rows draw it away from the others by a
#: quarter of this.
SHIFT = 20.0
#: By how much the errors on the validation data are larger at least. A network that was trained on all rows has 9 times
#: the squared error on them; one that was trained well has over 1,000 times, and over 40 times the root of it. With a
#: small rate there is no training that could go wrong.
TIMES = {"too_small": 2, "scheduled": 20}


@probe
def other_network(_original):
    import torch

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = torch.nn.Sequential(torch.nn.Linear(1, 24), torch.nn.Tanh(), torch.nn.Linear(24, 1))

        def forward(self, x):
            return self.inner(x)

    return Network


@dataclass(frozen=True)
class Curves:
    """What `learning_rate_curves` returned, and what it changed in place."""

    returned: Any
    changed: Wrong | None

    def of(self, name: str) -> tuple[Array, Array]:
        """Return the errors of one run on training and on validation data."""
        content = named_entries(self.returned, [name])[name]
        found = []
        for errors in entries(content, ("train_errors", "validation_errors"), what=f'The entry "{name}"'):
            array = series(errors, what=f'the errors of "{name}"', finite=name != "too_big")
            if len(array) < 2:
                raise Wrong(
                    f'The errors of "{name}" are no lists with one number for each epoch: one has the length'
                    f" {len(array)}.",
                    value=self.returned,
                )
            found.append(array)
        return found[0], found[1]


def curves_of(student: Any, rng: np.random.Generator) -> Curves:
    data = fresh_data(rng)
    parts = [data.x[:500], data.y[:500], data.x[500:], data.y[500:] + np.float32(SHIFT)]
    try:
        value = tensors_or_arrays(
            lambda send: assert_arguments_unchanged(student.learning_rate_curves, *map(send, parts), 1)
        )
    except Wrong as changed:
        # Has a criterion of its own.
        return Curves(changed.value, changed)
    return Curves(value, None)


def judge_curves(
    student: Any, stand_in: Any, rng: np.random.Generator, memory: Any, check: Callable[[Curves], object]
) -> None:
    """Judge the three runs, once trained, as they stand or with another network in the place of MeanMLP."""
    stand_in.judge(
        lambda: check(memory.get("curves", lambda: curves_of(student, rng))),
        lambda: check(memory.get("curves of another network", lambda: curves_of(student, rng))),
        MeanMLP=other_network,
    )


@criterion(
    "ex3d",
    trains=True,
    weight=1.5,
    timeout=40,
    hint="Try larger constant rates until training gets stuck or diverges. Infinities and NaN are fine there.",
)
def test_big_rate_ends_worse(student, stand_in, rng, memory):
    """The run with the learning rate that is too big ends with a larger training error than the scheduled one."""

    def check(curves: Curves) -> None:
        big, scheduled = (curves.of(name)[0][-1] for name in ("too_big", "scheduled"))
        if np.isfinite(big) and not big > scheduled:
            raise Wrong(
                f"The run too_big ends with the training error {big:.4g}, the scheduled one with {scheduled:.4g}."
            )

    judge_curves(student, stand_in, rng, memory, check)


@criterion(
    "ex3d",
    trains=True,
    weight=1.5,
    timeout=40,
    hint=(
        "Compare how far the training error moves from the first epoch to the last. With a rate that is too small it"
        " has hardly begun to fall."
    ),
)
def test_small_rate_moves_less(student, stand_in, rng, memory):
    """With the learning rate that is too small the training error moves less than with the scheduled one."""

    def check(curves: Curves) -> None:
        small, scheduled = (
            abs(errors[0] - errors[-1]) for errors in (curves.of(name)[0] for name in ("too_small", "scheduled"))
        )
        if not small < scheduled:
            raise Wrong(
                f"The training error of too_small moves by {small:.4g}, that of the scheduled run by {scheduled:.4g}."
            )

    judge_curves(student, stand_in, rng, memory, check)


@criterion(
    "ex3d",
    trains=True,
    weight=1.5,
    timeout=40,
    hint=(
        "The first list of each tuple holds errors on x_train and y_train, the second one errors of the same model on"
        " x_val and y_val, which are never trained on."
    ),
)
def test_validation_errors_are_of_the_validation_data(student, stand_in, rng, memory):
    """The second list of each run holds the errors on the validation data, the first one those on the training data."""

    def check(curves: Curves) -> None:
        for name, times in TIMES.items():
            train_errors, validation_errors = curves.of(name)
            # The validation data were shifted: their error stays large, however well the training data are fitted.
            if not validation_errors[-1] > times * train_errors[-1]:
                raise Wrong(
                    f'For validation data that lie far from the training data the run "{name}" ends with the training'
                    f" error {train_errors[-1]:.4g} and the validation error {validation_errors[-1]:.4g}."
                )

    judge_curves(student, stand_in, rng, memory, check)


@criterion(
    "ex3d",
    trains=True,
    weight=0.5,
    timeout=40,
    hint="Operators such as x -= … and assignments such as x[:] = … change the data themselves. Work on copies.",
    requires=(
        "test_warmup_is_linear",
        "test_cosine_from_the_peak_to_zero",
        "test_big_rate_ends_worse",
        "test_small_rate_moves_less",
        "test_validation_errors_are_of_the_validation_data",
    ),
)
def test_learning_rate_curves_change_no_data(student, stand_in, rng, memory):
    """`learning_rate_curves` leaves its data as they are."""

    def check(curves: Curves) -> None:
        named_entries(curves.returned, [])
        if curves.changed is not None:
            raise curves.changed

    judge_curves(student, stand_in, rng, memory, check)
