"""Students' networks: making and training them, and asking them for predictions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import measurements
import numpy as np
import numpy.typing as npt

from sheetgrader import Handle, StudentError, Wrong, assert_arguments_unchanged, entries, numbers, probe, series
from sheetgrader.graders.models import ask, evaluation_mode, tensors_or_arrays

Array = npt.NDArray[Any]

#: What graders train with, and what they test with.
TRAINING_ROWS, TEST_ROWS, EPOCHS = 667, 1000, 200


@dataclass(frozen=True)
class Data:
    """Fresh data in single precision, each part of shape (n, 1)."""

    x: Array
    y: Array
    x_test: Array
    y_test: Array

    @property
    def true_mean(self) -> Array:
        """The true mean of the test rows."""
        return -measurements.true_mean(self.x_test.astype(np.float64))

    @property
    def true_deviation(self) -> Array:
        """The true standard deviation of the test rows."""
        return measurements.noise_level(self.x_test.astype(np.float64))


def fresh_data(rng: np.random.Generator) -> Data:
    """Draw data upside down, so that whoever trains with the file in place of the arguments goes the wrong way."""
    x, y = measurements.draw(TRAINING_ROWS, rng)
    x_test, y_test = measurements.draw(TEST_ROWS, rng)
    return Data(x.astype(np.float32), -y.astype(np.float32), x_test.astype(np.float32), -y_test.astype(np.float32))


# In the sandbox.


@probe
def weights_of(model):
    return [parameter.detach().cpu().numpy() for parameter in model.parameters()]


@probe
def plain_network():
    import torch

    return torch.nn.Sequential(
        torch.nn.Linear(1, 40), torch.nn.Tanh(), torch.nn.Linear(40, 40), torch.nn.Tanh(), torch.nn.Linear(40, 1)
    )


@probe
def shaken(model, seed):
    """Add random numbers to all weights, so that those that start at zero show."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.is_floating_point():
                parameter += 0.1 * torch.randn(parameter.shape, generator=generator)


# On the trusted side, about objects in the sandbox.


def column(value: Any, n: int, what: str = "") -> Array:
    """Return n numbers as a column (n, 1); a vector of n numbers will do."""
    try:
        return numbers(value, (n, 1))
    except StudentError:
        if isinstance(value, np.ndarray) and value.shape == (n,):
            return numbers(value, (n,)).reshape(n, 1)
        if what and not isinstance(value, np.ndarray):
            raise Wrong(f"The {what} is no tensor of shape (n, 1).", value=value) from None
        raise


@dataclass(frozen=True)
class Trained:
    """A network after training, in evaluation mode, and what the training function returned."""

    model: Handle
    returned: Any
    data: Data

    def assert_losses_fall(self) -> None:
        """Check that there is one loss for each epoch, and that training got somewhere."""
        losses = series(self.returned, what="the losses")
        if losses.shape != (EPOCHS,):
            raise Wrong(
                f"{EPOCHS} epochs were asked for, so a list of {EPOCHS} losses; it has {len(losses)}.",
                value=self.returned,
            )
        last = losses[-EPOCHS // 10 :].mean()
        if not last < losses[0]:
            raise Wrong(
                f"The loss does not fall: it is {losses[0]:.4g} after the first epoch and about {last:.4g} at the end.",
                value=self.returned,
            )


def train(function: Any, make_model: Callable[[], Handle], data: Data, seed: int) -> Trained:
    """Have ``function`` train a new model."""

    def trained(send: Callable[[Array], Any]) -> Trained:
        model = make_model()
        return Trained(model, function(model, send(data.x), send(data.y), EPOCHS, seed), data)

    found: Trained = tensors_or_arrays(trained)
    evaluation_mode(found.model)
    return found


def assert_data_unchanged(function: Any, make_model: Callable[[], Handle], data: Data) -> None:
    """Check that a few epochs of training leave the data as they are."""
    losses = tensors_or_arrays(
        lambda send: assert_arguments_unchanged(function, make_model(), send(data.x), send(data.y), 2, 1)
    )
    numbers(losses, finite=False)


def mean_and_variance(model: Handle, x: Array) -> tuple[Array, Array]:
    """Return what a network for mean and variance says on inputs (n, 1), as columns in double precision."""
    value = ask(model, x)
    mean, variance = entries(value, ("mean", "variance"), what="What the model returns")
    found = column(mean, len(x), "mean"), column(variance, len(x), "variance")
    return found[0].astype(np.float64), found[1].astype(np.float64)


def assert_columns(model: Handle, x: Array) -> None:
    """Check that mean and variance are columns themselves."""
    value = ask(model, x)
    names = ("mean", "variance")
    for part, name in zip(entries(value, names, what="What the model returns"), names, strict=True):
        shape = numbers(part).shape
        if shape != (len(x), 1):
            raise Wrong(f"For inputs of the shape {x.shape} the {name} has the shape {shape}.", value=value)
