"""Question 1h: gradient descent against stochastic gradient descent, over the number of examples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from autoencoders import Array, Autoencoder, make, rectangle, reseed
from stand_ins import MODELS_AND_TRAINING

from sheetgrader import Wrong, assert_arguments_unchanged, criterion, entries, fetch, numbers, probe, tensor

#: Seconds for one call that trains.
LONG = 15.0


def curve_in(value: Any) -> tuple[Array, Array]:
    """Return the two entries of what ``learning_curve`` returned, whatever they are packed into."""
    examples, losses = entries(value, ("examples_seen", "losses"))
    found = numbers(losses, shape=(None,))
    if (found < 0).any():
        raise Wrong("Some of the losses are negative, which no sum of squares is.")
    return numbers(examples, shape=(None,)), found


def curve(
    student: Any, model: Autoencoder, points: Array, batch_size: int, n_examples: int, **settings: Any
) -> tuple[Array, Array]:
    return curve_in(student.learning_curve(model.handle, tensor(points), batch_size, n_examples, **settings))


@criterion(
    "ex1h",
    trains=True,
    weight=2,
    timeout=LONG,
    hint="Count len(batch) for each step, and stop in the middle of a pass when n_examples is reached.",
)
@pytest.mark.parametrize(
    ("n", "batch_size", "n_examples"),
    [(100, 100, 250), (100, 10, 330), (40, 7, 115), (60, 1, 130)],
    ids=["all-points", "batches", "odd-batches", "single-points"],
)
def test_counts_examples(student, rng, stand_in, n, batch_size, n_examples):
    """`examples_seen` increases from 0 or later to `n_examples`, up to one batch, and has a loss at every step, or at
    every pass through the data.
    """

    def attempt() -> None:
        examples, losses = curve(
            student, make(student.LargeAutoencoder, rng), rectangle(rng, n), batch_size, n_examples
        )
        if len(examples) != len(losses):
            raise Wrong(f"There are {len(examples)} numbers of examples, but {len(losses)} losses.")
        if len(examples) == 0:
            raise Wrong("Nothing is recorded.")
        if examples[0] < 0 or not (np.diff(examples) > 0).all() or not (examples == np.round(examples)).all():
            raise Wrong("The numbers of examples are no increasing whole numbers from 0 or later.")
        if abs(examples[-1] - n_examples) > batch_size:
            raise Wrong(
                f"The curve ends at {examples[-1]:g} examples, where {n_examples} were asked for, in batches of"
                f" {batch_size} of {n} points."
            )
        # A pass may be made of whole batches, which take points of the next pass.
        if max(examples[0], *np.diff(examples), 0) >= n + batch_size:
            raise Wrong(
                f"Between two records the model sees more than the {n} points of one pass, and what completes its last"
                " batch."
            )

    stand_in.judge(attempt, **MODELS_AND_TRAINING)


@probe
def steps_taken(learning_curve, model, data, batch_size, n_examples):
    """Return how many steps the busiest optimiser of torch takes meanwhile."""
    import collections

    from torch.optim.optimizer import register_optimizer_step_post_hook

    steps = collections.Counter()
    hook = register_optimizer_step_post_hook(lambda optimiser, *_: steps.update([id(optimiser)]))
    try:
        learning_curve(model, data, batch_size, n_examples)
    finally:
        hook.remove()
    return max(steps.values(), default=0)


@criterion(
    "ex1h",
    trains=True,
    weight=1,
    timeout=LONG,
    hint="One step of gradient descent looks at all n points; a step on a batch looks at batch_size of them.",
)
def test_examples_in_a_step(student, rng, stand_in):
    """A step on a full batch counts n examples, and a step on a smaller batch counts its own."""

    def attempt() -> None:
        n = 50
        points = rectangle(rng, n)
        model = make(student.LargeAutoencoder, rng)
        examples, _ = curve(student, model, points, n, 220)
        # The last step may be cut off where all examples that were asked for have been seen.
        if (np.diff(examples)[:-1] != n).any() or (len(examples) and examples[0] not in (0, n)):
            raise Wrong(f"With batches of all {n} points the numbers of examples do not grow by {n} from step to step.")
        for batch_size, least, most in ((n, 4, 5), (5, 43, 46)):
            steps = numbers(
                steps_taken(fetch(student.learning_curve), model.handle, tensor(points), batch_size, 220), shape=()
            )
            # Whoever writes the update by hand takes steps that cannot be counted.
            if steps and not least <= steps <= most:
                raise Wrong(f"For 220 examples in batches of {batch_size} it takes {steps:g} steps.")

    stand_in.judge(attempt, **MODELS_AND_TRAINING)


@probe
def displaced(model, distance):
    """Move all reconstructions by `distance`, through the last bias of the decoder."""
    import torch

    biases = [parameter for parameter in model.decoder.parameters() if parameter.shape == (2,)]
    with torch.no_grad():
        biases[-1] += distance


@criterion(
    "ex1h",
    trains=True,
    weight=1,
    timeout=LONG,
    hint="Work on copy.deepcopy(model): it starts with the parameters that the model has now.",
)
def test_starts_from_the_model(student, rng, stand_in):
    """The training starts from the parameters of the given model: the worse the model, the larger the first loss."""

    def attempt() -> None:
        points = rectangle(rng, 40)
        model = make(student.LargeAutoencoder, rng)
        _, near = curve(student, model, points, len(points), len(points))
        displaced(model.handle, 2.0)
        _, far = curve(student, model, points, len(points), len(points))
        if not len(near) or not len(far) or not far[0] > 1.5 * near[0]:
            raise Wrong("For a model whose reconstructions were moved far away, the first loss is not larger.")

    stand_in.judge(attempt, **MODELS_AND_TRAINING)


@criterion(
    "ex1h",
    trains=True,
    weight=1,
    timeout=LONG,
    hint="backward(), then step(), and zero_grad() before the next one; and the loss is computed anew each time.",
)
def test_loss_falls(student, rng, stand_in):
    """Gradient descent on a model that is far off reduces the loss."""

    def attempt() -> None:
        points = rectangle(rng, 20)
        model = make(student.LargeAutoencoder, rng)
        displaced(model.handle, 1.0)
        _, losses = curve(student, model, points, len(points), 100 * len(points))
        if not len(losses) or not losses[-1] < 0.99 * losses[0]:
            raise Wrong(
                "The last loss is not below the first one, after 100 steps of gradient descent on a model that is far"
                " off."
            )

    stand_in.judge(attempt, **MODELS_AND_TRAINING)


@criterion(
    "ex1h",
    trains=True,
    weight=1,
    timeout=LONG,
    hint="Train copy.deepcopy(model), so that both methods can start from the same model.",
    requires=(
        "test_counts_examples",
        "test_examples_in_a_step",
        "test_starts_from_the_model",
        "test_loss_falls",
        "test_seed_fixes_the_curve",
    ),
)
def test_model_is_unchanged(student, rng, stand_in):
    """The given model keeps its parameters, so that the next curve starts from the same place, and the data stay as
    they are.
    """

    def attempt() -> None:
        points = rectangle(rng, 30)
        model = make(student.LargeAutoencoder, rng)
        before, flags = model.parameters(), model.flags()
        curve_in(assert_arguments_unchanged(student.learning_curve, model.handle, tensor(points), 10, 60))
        now = model.parameters()
        if (
            model.flags() != flags
            or len(now) != len(before)
            or not all(np.array_equal(one, other) for one, other in zip(before, now, strict=True))
        ):
            raise Wrong("The parameters of the given model have changed.")

    stand_in.judge(attempt, **MODELS_AND_TRAINING)


@criterion(
    "ex1h",
    trains=True,
    weight=1,
    timeout=LONG,
    hint="torch.randperm(n, generator=...) with a torch.Generator that has your seed.",
)
def test_seed_fixes_the_curve(student, rng, stand_in):
    """The same model and the same seed give the same curve, and another seed, with small batches, gives another one."""

    def attempt() -> None:
        points = rectangle(rng, 30)
        model = make(student.LargeAutoencoder, rng)
        curves = []
        for seed in (7, 7, 8):
            reseed(rng)
            curves.append(curve(student, model, points, 3, 90, seed=seed)[1])
        if not len(curves[0]):
            raise Wrong("Nothing is recorded.")
        if len(curves[0]) != len(curves[1]) or np.abs(curves[0] - curves[1]).max() > 1e-4 * np.abs(curves[0]).max():
            raise Wrong("Two calls with seed=7 give different curves.")
        if np.array_equal(curves[0], curves[2]):
            raise Wrong("Calls with seed=7 and seed=8 give the same curve, with batches of 3.")

    stand_in.judge(attempt, **MODELS_AND_TRAINING)
