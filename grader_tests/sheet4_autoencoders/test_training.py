"""Question 1b: the embedding in colours, and training through Lightning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from autoencoders import Array, Autoencoder, make, random_weights, rectangle, reseed
from scipy.stats import rankdata
from sklearn.decomposition import PCA
from stand_ins import MODELS

from sheetgrader import Wrong, allow_none, assert_arguments_unchanged, criterion, fetch, numbers, probe, tensor

#: Seconds for one call that trains.
LONG = 30.0


# The figure comes first: training that never ends uses up the question's time.


@probe
def figure_facts(figure):
    """Return what a figure shows as plain data, or None where it is no figure."""
    import numpy
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection
    from matplotlib.figure import Figure

    if not isinstance(figure, Figure):
        return None
    panels = []
    # Axes inside of others are not among figure.axes.
    bars = [axes for axes in figure.findobj(Axes) if axes.get_label() == "<colorbar>" or hasattr(axes, "_colorbar")]
    for axes in figure.axes:
        if axes in bars:
            continue
        labels = (axes.get_xlabel() or figure.get_supxlabel(), axes.get_ylabel() or figure.get_supylabel())
        scatters = [each for each in axes.collections if isinstance(each, PathCollection)]
        points = [numpy.asarray(each.get_offsets(), dtype=float) for each in scatters]
        colours = [each.get_array() for each in scatters]
        panels.append(
            {
                "points": points,
                "colours": [None if each is None else numpy.asarray(each, dtype=float) for each in colours],
                "coloured": [
                    each.get_array() is not None or len(each.get_facecolor()) == len(each.get_offsets())
                    for each in scatters
                ],
                "labelled": all(label.strip() for label in labels),
            }
        )
    return {"panels": panels, "colour_bars": len(bars)}


@criterion(
    "ex1b",
    weight=1,
    hint=(
        "scatter(..., c=latent values), figure.colorbar(...), set_xlabel and set_ylabel; and the Figure is what is"
        " returned."
    ),
)
def test_embedding_figure(student, rng, stand_in):
    """`plot_embedding` returns a Figure with all points, coloured by their latent values, two axis labels and a colour
    bar.
    """

    def attempt() -> None:
        points = rectangle(rng, 37)
        model = make(student.LargeAutoencoder, rng)
        latent = telling_latent_values(model, points, rng)
        figure = student.plot_embedding(model.handle, tensor(points))
        facts = figure_facts(figure)
        panels = facts.get("panels") if isinstance(facts, dict) else None
        if not isinstance(facts, dict) or not isinstance(panels, list):
            raise Wrong("It is no matplotlib Figure.", value=figure)
        shown = [panel for panel in panels if isinstance(panel, dict) and shows(panel, points, latent)]
        if not shown:
            raise Wrong(
                f"No scatter plot in it shows the {len(points)} points with the latent values as colours.", value=figure
            )
        if not any(panel.get("labelled") is True for panel in shown):
            raise Wrong("The axes have no two labels.", value=figure)
        if not facts.get("colour_bars"):
            raise Wrong("It has no colour bar.", value=figure)

    stand_in.judge(attempt, **MODELS)


def telling_latent_values(model: Autoencoder, points: Array, rng: np.random.Generator) -> Array:
    """Give the model weights for which neither coordinates nor reconstructions are in the order of the latent values,
    and return these.
    """
    for _ in range(100):
        random_weights(model.handle, int(rng.integers(2**31)))
        latent = model.encode(points)[:, 0].astype(np.float64)
        others = np.concatenate([points, model.reconstruct(points)], axis=1).T
        if max(order_in_common(other, latent) for other in others) < 0.9:
            break
    return latent


def order_in_common(one: Array, other: Array) -> float:
    """Return the size of the correlation of ranks: 1 where one array grows, or falls, with the other."""
    return float(abs(np.corrcoef(rankdata(one), rankdata(other))[0, 1]))


def shows(panel: dict[str, Any], points: Array, latent: Array) -> bool:
    """Tell whether one scatter plot of a panel has exactly these points, coloured in the order of their latent
    values.
    """
    columns = [panel.get(key) for key in ("points", "colours", "coloured")]
    if not all(isinstance(column, list) for column in columns):
        return False
    for drawn, colours, coloured in zip(*columns, strict=False):
        places = numbers(drawn, shape=(None, 2), finite=False)
        if places.shape != points.shape or coloured is not True:
            continue
        distances = np.linalg.norm(places[None] - points[:, None], axis=2)
        nearest = distances.argmin(axis=1)
        if not np.nanmax(distances.min(axis=1)) < 1e-3:
            continue
        if colours is None:
            # The colours themselves were given; which values they stand for cannot be told.
            return True
        values = numbers(colours, finite=False).reshape(-1)
        if values.shape == latent.shape and order_in_common(values[nearest], latent) > 0.99:
            return True
    return False


# Training.


def train(student: Any, model: Autoencoder, points: Array, **settings: Any) -> Any:
    return allow_none(student.train_autoencoder)(model.handle, tensor(points), **settings)


@criterion(
    "ex1b",
    trains=True,
    weight=1,
    timeout=LONG,
    hint="Train the model that you are given, not a copy. Are the gradients set to zero before each step?",
)
def test_training_reduces_the_error(student, rng, stand_in):
    """After `train_autoencoder(model, data)` the model's own mean squared error is well below that at the start; the
    data stay as they are.
    """

    def attempt() -> None:
        points = rectangle(rng)
        model = make(student.LargeAutoencoder, rng)
        before = model.error(points)
        assert_arguments_unchanged(allow_none(student.train_autoencoder), model.handle, tensor(points))
        if not model.error(points) < 0.6 * before:
            raise Wrong(
                f"The mean squared error was {before:.3g} before the training, and is {model.error(points):.3g}"
                " after it."
            )

    stand_in.judge(attempt, **MODELS)


@criterion(
    "ex1b",
    trains=True,
    weight=1,
    timeout=LONG,
    hint="Look at your loss curves: are 1,000 epochs with your optimiser and learning rate enough?",
)
@pytest.mark.parametrize("name", ["SmallAutoencoder", "LargeAutoencoder"])
def test_better_than_pca(student, rng, stand_in, name):
    """Trained for long enough, a model with hidden layers ends below the residual of PCA."""

    def attempt() -> None:
        points = rectangle(rng)
        pca = PCA(1).fit(points)
        residual = float(np.mean((pca.inverse_transform(pca.transform(points)) - points) ** 2))
        model = make(getattr(student, name), rng)
        if model.error(points) < residual:
            raise Wrong("The model is better than that without any training, so there is nothing to judge.")
        # Sigmoids and small learning rates may take longer than the 1,000 epochs that the sheet speaks of.
        for _ in range(4):
            train(student, model, points, max_epochs=500)
            if model.error(points) < residual:
                return
        raise Wrong(
            f"After 2,000 epochs the mean squared error is {model.error(points):.3g}; a straight line, found by PCA, is"
            " at least as good."
        )

    stand_in.judge(attempt, **MODELS)


@probe
def watched_training(train, model, data, settings):
    """Train, and return how far the parameters moved, how far inside of Trainer.fit, and how many steps the busiest
    optimiser took.
    """
    import collections
    import sys

    import torch
    from torch.optim.optimizer import register_optimizer_step_post_hook

    def parameters(module):
        return torch.cat(
            [torch.zeros(0).double(), *(parameter.detach().reshape(-1).double() for parameter in module.parameters())]
        )

    moved_inside, steps = [], collections.Counter()
    # Whoever trains a copy of the model and puts its parameters back into the model has trained through Lightning, too.
    copies = []

    def watched(original):
        def fit(*arguments, **keywords):
            modules = [value for value in (*arguments, *keywords.values()) if isinstance(value, torch.nn.Module)]
            before = [
                (part, parameters(part)) for part in (model, *(part for module in modules for part in module.modules()))
            ]
            try:
                return original(*arguments, **keywords)
            finally:
                moves = [
                    (parameters(part), float((parameters(part) - start).norm()))
                    for part, start in before
                    if len(start) == len(first)
                ]
                moved_inside.append(moves[0][1])
                copies.extend(moves)

        return fit

    modules = [sys.modules.get(name) for name in ("lightning", "lightning.pytorch", "pytorch_lightning")]
    originals = {module.Trainer: module.Trainer.fit for module in modules if module is not None}
    hook = register_optimizer_step_post_hook(lambda optimiser, *_: steps.update([id(optimiser)]))
    first = parameters(model)
    try:
        for trainer, original in originals.items():
            trainer.fit = watched(original)
        train(model, data, **settings)
    finally:
        hook.remove()
        for trainer, original in originals.items():
            trainer.fit = original
    last = parameters(model)
    put_back = [moved for end, moved in copies if torch.equal(end, last)]
    return {
        "moved": float((last - first).norm()),
        "moved_inside": max(sum(moved_inside), *put_back, 0.0),
        "steps": max(steps.values(), default=0),
    }


def watch(student: Any, model: Autoencoder, points: Array, **settings: Any) -> dict[str, float]:
    record = watched_training(fetch(student.train_autoencoder), model.handle, tensor(points), settings)
    if not isinstance(record, dict):
        raise Wrong("The training could not be watched.")
    # Training that diverges costs its points elsewhere.
    return {
        name: float(numbers(record.get(name), shape=(), finite=False)) for name in ("moved", "moved_inside", "steps")
    }


@criterion(
    "ex1b",
    trains=True,
    weight=1,
    timeout=LONG,
    hint="make_trainer(max_epochs).fit(training, loader) is all it takes; a loop of your own is not needed.",
)
def test_trains_through_lightning(student, rng, stand_in):
    """The model's parameters change inside of `lightning.Trainer.fit`."""

    def attempt() -> None:
        model = make(student.LargeAutoencoder, rng)
        record = watch(student, model, rectangle(rng), max_epochs=3)
        if record["moved"] == 0:
            raise Wrong("The training does not change the parameters of the model that it is given.")
        if record["moved_inside"] < 0.5 * record["moved"]:
            raise Wrong("The parameters change, but not inside of lightning's Trainer.fit.")

    stand_in.judge(attempt, **MODELS)


@criterion(
    "ex1b",
    trains=True,
    weight=0.5,
    timeout=LONG,
    hint="One number for each epoch, however many batches it has: the mean over the batches, for example.",
)
@pytest.mark.parametrize(("max_epochs", "batch_size"), [(100, None), (7, 30)])
def test_one_loss_for_each_epoch(student, rng, stand_in, max_epochs, batch_size):
    """`train_autoencoder` returns a list with one loss for each epoch, and the losses fall."""

    def attempt() -> None:
        model = make(student.LargeAutoencoder, rng)
        value = train(student, model, rectangle(rng), max_epochs=max_epochs, batch_size=batch_size)
        losses = numbers(value, shape=(max_epochs,))
        if not np.ptp(losses) > 0:
            raise Wrong("It is the same loss for all epochs.", value=value)
        # A few epochs of small batches may be spent on the plateau where training starts.
        if batch_size is None and not losses[-1] < losses[0]:
            raise Wrong("The last loss is not smaller than the first one.", value=value)

    stand_in.judge(attempt, **MODELS)


@criterion(
    "ex1b",
    trains=True,
    weight=0.5,
    timeout=LONG,
    hint="DataLoader(TensorDataset(data), batch_size=...): None stands for a batch of len(data).",
)
def test_batch_size(student, rng, stand_in):
    """In each epoch the model takes one step for each batch: n / batch_size steps, or one where `batch_size` is
    None.
    """

    def attempt() -> None:
        for n, batch_size, per_epoch in ((100, None, 1), (100, 25, 4), (60, 20, 3)):
            record = watch(
                student, make(student.LargeAutoencoder, rng), rectangle(rng, n), max_epochs=2, batch_size=batch_size
            )
            if record["steps"] != 2 * per_epoch:
                raise Wrong(
                    f"With {n} points and batch_size={batch_size} it takes {record['steps']:.0f} steps in 2 epochs."
                )

    stand_in.judge(attempt, **MODELS)


@criterion(
    "ex1b",
    trains=True,
    weight=0.5,
    timeout=LONG,
    hint="Give the DataLoader shuffle=True and a torch.Generator with your seed.",
)
def test_seed_fixes_the_order(student, rng, stand_in):
    """Two trainings from the same start with the same seed end at the same model, and with another seed the batches
    come in another order.
    """

    def attempt() -> None:
        points, start = rectangle(rng), int(rng.integers(2**31))

        def result(seed: int) -> Array:
            model = make(student.LargeAutoencoder, np.random.default_rng(start))
            reseed(rng)
            train(student, model, points, max_epochs=3, batch_size=10, seed=seed)
            return model.reconstruct(points).astype(np.float64)

        first, again, other = result(3), result(3), result(4)
        if np.abs(first - again).max() > 1e-4 * np.abs(first).max():
            raise Wrong("Two trainings with seed=3, from the same start, end at different models.")
        if np.abs(first - other).max() <= 1e-5 * np.abs(first).max():
            raise Wrong("Trainings with seed=3 and seed=4 end at the same model, with batches of 10.")

    stand_in.judge(attempt, **MODELS)
