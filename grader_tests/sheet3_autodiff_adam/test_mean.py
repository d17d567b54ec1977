"""Questions 3a and 3c: the split of the data, and a network for the mean."""

from __future__ import annotations

import itertools
from typing import Any

import measurements
import numpy as np
from networks import (
    EPOCHS,
    Array,
    Trained,
    assert_data_unchanged,
    column,
    fresh_data,
    plain_network,
    train,
    weights_of,
)

from sheetgrader import Handle, Wrong, criterion, entries, numbers, probe
from sheetgrader.graders.models import ask, new_model

# 3a

PARTS = ("x_train", "y_train", "x_test", "y_test")
ROWS = 1000


@probe
def write_file(text):
    from pathlib import Path

    path = Path("fresh_measurements.csv")
    path.write_text(text, encoding="utf-8")
    return str(path)


def new_file(rng: np.random.Generator) -> tuple[str, set[tuple[float, float]]]:
    """Write a file of fresh data beside the notebook; return its path and its rows."""
    x, y = (np.round(part, 6) for part in measurements.draw(2 * ROWS, rng))
    # No x twice, so that rows can be told apart.
    unique = np.sort(np.unique(x[:, 0], return_index=True)[1])[:ROWS]
    x, y = x[unique], y[unique]
    path = write_file(measurements.as_csv(x, y))
    return (path if isinstance(path, str) else "fresh_measurements.csv"), rows_of(x, y)


def rows_of(x: Array, y: Array) -> set[tuple[float, float]]:
    # Six decimals survive single precision here.
    return {(round(float(one), 6), round(float(other), 6)) for one, other in zip(x[:, 0], y[:, 0], strict=True)}


def split(student: Any, path: str, seed: int, *, vectors: bool = True) -> list[Array]:
    """Return the four parts as columns; that they came as vectors may be overlooked, as it costs points once."""
    value = student.load_and_split(path, seed)
    parts = [numbers(part) for part in entries(value, PARTS)]
    parts = [part.reshape(-1, 1) if vectors and part.ndim == 1 else numbers(part, (None, 1)) for part in parts]
    if len(parts[0]) != len(parts[1]) or len(parts[2]) != len(parts[3]):
        raise Wrong("x and y do not have the same number of rows.", value=value)
    return parts


@criterion(
    "ex3a",
    weight=2,
    hint=(
        "66 % of 1,000 rows are 660, and 33 % are 330; two thirds and one third are fine, too. Each part has the shape"
        " (n, 1), not (n,)."
    ),
    requires=("test_split_uses_every_row_once", "test_split_is_random"),
)
def test_split_sizes(student, rng):
    """The four parts have the shape (n, 1), with 66 % of the rows to train and 33 % to test."""
    path, _ = new_file(rng)
    parts = split(student, path, 1, vectors=False)
    train_rows, test_rows = len(parts[0]), len(parts[2])
    if not (660 <= train_rows <= 670 and 330 <= test_rows <= 340):
        raise Wrong(f"Of {ROWS} rows {train_rows} are in the training set and {test_rows} in the test set.")


@criterion(
    "ex3a",
    weight=3,
    hint=(
        "Shuffle the rows as a whole, so that every x keeps its y. Is the file read that `path` names, and is the first"
        " row after the header in it?"
    ),
)
def test_split_uses_every_row_once(student, rng):
    """Every row of the file is in exactly one of the two sets, each x with its own y."""
    path, rows = new_file(rng)
    x_train, y_train, x_test, y_test = split(student, path, 2)
    found = rows_of(np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test]))
    if len(x_train) + len(x_test) != len(rows):
        raise Wrong(f"The file has {len(rows)} rows, and both sets together have {len(x_train) + len(x_test)}.")
    if found != rows:
        raise Wrong(f"{len(rows - found)} of the file's {len(rows)} rows are in neither of the two sets.")


@criterion(
    "ex3a",
    weight=2,
    hint="Draw a random permutation of the rows before you cut. The first 660 rows of a file are no random choice.",
)
def test_split_is_random(student, rng):
    """Which row goes where is random, and another seed gives another split."""
    path, _ = new_file(rng)
    # The smaller set, which is the test set unless the two were exchanged.
    smaller = [min(split(student, path, seed)[::2], key=len)[:, 0] for seed in (3, 4, 5)]
    rows = [set(np.round(x.astype(np.float64), 6).tolist()) for x in smaller]
    for one, other in itertools.combinations(rows, 2):
        # By chance the same part of them is in both as of all rows: a third.
        share = len(one & other) / max(1, len(one))
        if not 0.3 * len(one) / ROWS <= share <= 0.6:
            raise Wrong(f"With two seeds, {len(one & other)} of the {len(one)} rows of the smaller set are the same.")


@criterion(
    "ex3a",
    weight=1,
    hint="Seed a generator from `seed` in each call, as np.random.default_rng(seed) does.",
    requires=("test_split_uses_every_row_once", "test_split_is_random"),
)
def test_split_follows_the_seed(student, rng):
    """The same seed gives the same split again."""
    path, _ = new_file(rng)
    first, _, again = split(student, path, 6), split(student, path, 7), split(student, path, 6)
    if any(one.shape != other.shape or not np.array_equal(one, other) for one, other in zip(first, again, strict=True)):
        raise Wrong("Two calls with the same seed give different splits.")


# 3c


@criterion(
    "ex3c",
    weight=3,
    hint=(
        "Print the model: three nn.Linear, from 1 to 32, from 32 to 64 and from 64 to 1, a ReLU after the first and"
        " after the second, and nothing after the third."
    ),
)
def test_mean_mlp_has_the_layers(student, rng):
    """`MeanMLP` is 1 → 32 → 64 → 1 with ReLU between its three linear layers."""
    # A ReLU too many at the output is seen only where outputs are negative, which those of a single network need not
    # be.
    for seed in range(6):
        assert_layers(new_model(student.MeanMLP, "MeanMLP", seed), rng)


def assert_layers(model: Handle, rng: np.random.Generator) -> None:
    x = np.concatenate([rng.uniform(-3, 3, size=(30, 1)), rng.uniform(-30, 30, size=(10, 1))]).astype(np.float32)
    value = ask(model, x)
    output = column(value, len(x), "model's output")
    weights = weights_of(model)
    found = [numbers(weight) for weight in weights] if isinstance(weights, list) else []
    for candidate in candidates(found):
        wanted = forward(candidate, x.astype(np.float64))
        if np.isfinite(wanted).all() and np.abs(output - wanted).max() <= 1e-4 * np.abs(wanted).max():
            return
    shapes = ", ".join(str(weight.shape) for weight in found[:12])
    raise Wrong(
        "It does not compute 1 → 32 → 64 → 1 with ReLU between the layers; its weights have the shapes"
        f" {shapes or '(none)'}.",
        value=value,
    )


def candidates(weights: list[Array]) -> list[list[Array]]:
    """Return the ways in which weights may be those of 1 → 32 → 64 → 1.

    These are three matrices (out, in) and three vectors, whatever their order and orientation.
    """
    by_size: dict[int, list[Array]] = {}
    for weight in weights:
        by_size.setdefault(weight.size, []).append(weight.astype(np.float64))
    if {size: len(found) for size, found in by_size.items()} != {32: 2, 64 * 32: 1, 64: 2, 1: 1} or by_size[64 * 32][
        0
    ].ndim != 2:
        return []
    middle = by_size[64 * 32][0]
    middle = middle if middle.shape == (64, 32) else middle.T
    ways = itertools.product(itertools.permutations(by_size[32]), itertools.permutations(by_size[64]))
    return [
        [
            first.reshape(32, 1),
            bias1.reshape(32),
            middle,
            bias2.reshape(64),
            last.reshape(1, 64),
            by_size[1][0].reshape(1),
        ]
        for (first, bias1), (last, bias2) in ways
        if middle.shape == (64, 32)
    ]


def forward(weights: list[Array], x: Array) -> Array:
    first, bias1, middle, bias2, last, bias3 = weights
    hidden = np.maximum(0, np.maximum(0, x @ first.T + bias1) @ middle.T + bias2)
    return np.asarray(hidden @ last.T + bias3)


def judge_training(student: Any, stand_in: Any, rng: np.random.Generator, memory: Any, check: Any) -> None:
    """Judge `train_mean`, called once, with the student's MeanMLP, or with another network where that does not do."""

    def trained(constructor: Any, name: str) -> Trained:
        data = memory.get("data for the mean", lambda: fresh_data(rng))
        found: Trained = memory.get(
            f"trained {name}", lambda: train(student.train_mean, lambda: new_model(constructor, name, 3), data, 3)
        )
        return found

    stand_in.judge(
        lambda: check(trained(student.MeanMLP, "MeanMLP")), lambda: check(trained(plain_network, "another network"))
    )


@criterion(
    "ex3c",
    trains=True,
    weight=2,
    timeout=40,
    hint=(
        "Append one number to a list at the end of each epoch, for instance the mean of the losses of its batches, and"
        " return the list."
    ),
)
def test_train_mean_returns_falling_losses(student, stand_in, rng, memory):
    """`train_mean` returns one loss for each epoch, and the loss falls."""
    judge_training(student, stand_in, rng, memory, Trained.assert_losses_fall)


@criterion(
    "ex3c",
    trains=True,
    weight=0.5,
    hint="Operators such as x -= … and assignments such as x[:] = … change the data themselves. Work on copies.",
    requires=("test_mean_mlp_has_the_layers", "test_train_mean_returns_falling_losses", "test_train_mean_fits"),
)
def test_train_mean_changes_no_data(student, stand_in, rng):
    """`train_mean` leaves x and y as they are."""
    data = fresh_data(rng)

    def check(constructor: Any, name: str) -> None:
        assert_data_unchanged(student.train_mean, lambda: new_model(constructor, name, 3), data)

    stand_in.judge(lambda: check(student.MeanMLP, "MeanMLP"), lambda: check(plain_network, "another network"))


@criterion(
    "ex3c",
    trains=True,
    weight=4,
    timeout=40,
    hint=(
        "Plot your model on the data. Have y and the prediction the same shape where you subtract them? Is it the model"
        " that was handed over that is trained, with the data that were handed over, and is the learning rate such that"
        " the loss has levelled off after 200 epochs?"
    ),
)
def test_train_mean_fits(student, stand_in, rng, memory):
    """After 200 epochs the test error is at most 1.3 times that of the true mean."""
    judge_training(student, stand_in, rng, memory, assert_fits)


def assert_fits(trained: Trained) -> None:
    data = trained.data
    predicted = column(ask(trained.model, data.x_test), len(data.x_test), "model's output")
    error = float(np.mean((predicted - data.y_test) ** 2))
    best = float(np.mean((data.true_mean - data.y_test) ** 2))
    if not error <= 1.3 * best:
        raise Wrong(
            f"After {EPOCHS} epochs the mean squared error on unseen data is {error / best:.3g} times that of the true"
            " mean."
        )
