"""The TensorFlow playground's data sets and training, for many networks at once.

The rules are the playground's: 500 points, a share of which is for training; weights uniform in [−1/2, 1/2], biases
0.1; tanh at the output; the loss ½ (o − t)² with targets ±1; gradient descent on the mean over ``batch_size`` points,
which are visited in the same order in every epoch; after each step a step against the penalty on the weights, where a
weight that L1 would carry past zero stays at zero for good.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from playground_address import Configuration

Array = npt.NDArray[np.float64]

POINTS: Final = 500
#: The coordinates of the data sets circle and xor lie within this distance of zero.
_RADIUS: Final = 5.0


# Data: each function takes the noise as a share of one, and returns points (n, 2) with labels ±1 (n,).


def _spiral(count: int, noise: float, rng: np.random.Generator) -> tuple[Array, Array]:
    share = np.arange(count // 2) / (count // 2)
    arms = []
    for start in (0.0, np.pi):
        angle = 2 * np.pi * 1.75 * share + start
        arms.append(_RADIUS * share[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1))
    points = np.concatenate(arms)
    return points + noise * rng.uniform(-1, 1, size=points.shape), _halves(count)


def _circle(count: int, noise: float, rng: np.random.Generator) -> tuple[Array, Array]:
    inner = rng.uniform(0, 0.5 * _RADIUS, size=count // 2)
    outer = rng.uniform(0.7 * _RADIUS, _RADIUS, size=count // 2)
    angle = rng.uniform(0, 2 * np.pi, size=2 * (count // 2))
    points = np.concatenate([inner, outer])[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    moved = points + noise * rng.uniform(-_RADIUS, _RADIUS, size=points.shape)
    return points, np.where(np.linalg.norm(moved, axis=1) < 0.5 * _RADIUS, 1.0, -1.0)


def _gauss(count: int, noise: float, rng: np.random.Generator) -> tuple[Array, Array]:
    labels = _halves(count)
    variance = 0.5 + 7 * noise
    return 2 * labels[:, None] + np.sqrt(variance) * rng.normal(size=(len(labels), 2)), labels


def _xor(count: int, noise: float, rng: np.random.Generator) -> tuple[Array, Array]:
    points = rng.uniform(-_RADIUS, _RADIUS, size=(count, 2))
    points += np.where(points > 0, 0.3, -0.3)
    moved = points + noise * rng.uniform(-_RADIUS, _RADIUS, size=points.shape)
    return points, np.where(moved.prod(axis=1) >= 0, 1.0, -1.0)


def _halves(count: int) -> Array:
    return np.repeat([1.0, -1.0], count // 2)


_DATA: Final[dict[str, Callable[[int, float, np.random.Generator], tuple[Array, Array]]]] = {
    "spiral": _spiral,
    "circle": _circle,
    "gauss": _gauss,
    "xor": _xor,
}


def draw_points(dataset: str, noise: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return the points (500, 2) of a data set in random order, and their labels ±1 (500,); ``noise`` is in percent."""
    points, labels = _DATA[dataset](POINTS, noise / 100, rng)
    order = rng.permutation(len(points))
    return points[order], labels[order]


def features_of(points: Array, names: Sequence[str]) -> Array:
    """Return what networks are given for ``points`` (…, 2), one column for each name."""
    x, y = points[..., 0], points[..., 1]
    columns = {
        "x": x,
        "y": y,
        "xSquared": x**2,
        "ySquared": y**2,
        "xTimesY": x * y,
        "sinX": np.sin(x),
        "sinY": np.sin(y),
    }
    return np.stack([columns[name] for name in names], axis=-1) if names else np.zeros((*x.shape, 0))


# Networks.


@dataclass(frozen=True)
class _Activation:
    value: Callable[[Array], Array]
    #: The derivative as a function of the value.
    slope: Callable[[Array], Array]


def _sigmoid(x: Array) -> Array:
    return 0.5 + 0.5 * np.tanh(0.5 * x)


_TANH: Final = _Activation(np.tanh, lambda value: 1 - value * value)
_ACTIVATIONS: Final = {
    "tanh": _TANH,
    "relu": _Activation(lambda x: np.maximum(x, 0), lambda value: (value > 0).astype(float)),
    "sigmoid": _Activation(_sigmoid, lambda value: value * (1 - value)),
    "linear": _Activation(lambda x: x, np.ones_like),
}


class Networks:
    """Networks of one configuration that are trained side by side, each from its own random weights on its own
    points.
    """

    def __init__(self, configuration: Configuration, rng: np.random.Generator, *, count: int) -> None:
        self._configuration = configuration
        drawn = [draw_points(configuration.dataset, configuration.noise, rng) for _ in range(count)]
        inputs = features_of(np.stack([points for points, _ in drawn]), configuration.features)
        targets = np.stack([labels for _, labels in drawn])
        split = int(POINTS * configuration.train_percent / 100)
        self._train = inputs[:, :split], targets[:, :split]
        self._test = inputs[:, split:], targets[:, split:]
        sizes = (inputs.shape[2], *configuration.network_shape, 1)
        self.weights = [
            rng.uniform(-0.5, 0.5, size=(count, before, after)) for before, after in itertools.pairwise(sizes)
        ]
        self.biases = [np.full((count, 1, after), 0.1) for after in sizes[1:]]
        self._dead = [np.zeros(weight.shape, dtype=bool) for weight in self.weights]
        hidden = _ACTIVATIONS[configuration.activation]
        self._activations = [hidden] * len(configuration.network_shape) + [_TANH]
        self._pending: tuple[list[Array], list[Array], int] | None = None

    @property
    def steps_in_epoch(self) -> int:
        """How often the weights change in one epoch."""
        return self._train[1].shape[1] // self._configuration.batch_size

    def outputs(self, inputs: Array) -> Array:
        """Return the outputs (networks, n) for the features (networks, n, features)."""
        return self._forward(inputs)[-1][..., 0]

    def _forward(self, inputs: Array) -> list[Array]:
        values = [inputs]
        for weight, bias, activation in zip(self.weights, self.biases, self._activations, strict=True):
            values.append(activation.value(values[-1] @ weight + bias))
        return values

    def train(self, epochs: int) -> None:
        """Train for some more epochs; numbers that grow beyond all bounds are left as they are."""
        inputs, targets = self._train
        size, count = self._configuration.batch_size, targets.shape[1]
        with np.errstate(all="ignore"):
            for _ in range(epochs):
                for start in range(0, count, size):
                    self._add_gradients(inputs[:, start : start + size], targets[:, start : start + size])
                    # What is left at the end of an epoch waits for the first step of the next one.
                    if start + size <= count:
                        self._step()

    def _add_gradients(self, inputs: Array, targets: Array) -> None:
        """Add up the gradients of the loss over the points of a batch."""
        values = self._forward(inputs)
        slope_by_input = (values[-1] - targets[..., None]) * self._activations[-1].slope(values[-1])
        weights: list[Array] = []
        biases: list[Array] = []
        for layer in reversed(range(len(self.weights))):
            weights.append(values[layer].swapaxes(1, 2) @ slope_by_input)
            biases.append(slope_by_input.sum(axis=1, keepdims=True))
            if layer:
                slope_by_input = (
                    slope_by_input
                    @ self.weights[layer].swapaxes(1, 2)
                    * self._activations[layer - 1].slope(values[layer])
                )
        weights.reverse()
        biases.reverse()
        points = targets.shape[1]
        if self._pending is not None:
            before, before_biases, before_points = self._pending
            weights = [one + other for one, other in zip(weights, before, strict=True)]
            biases = [one + other for one, other in zip(biases, before_biases, strict=True)]
            points += before_points
        self._pending = weights, biases, points

    def _step(self) -> None:
        assert self._pending is not None
        weight_gradients, bias_gradients, points = self._pending
        self._pending = None
        rate = self._configuration.learning_rate / points
        for layer, (gradient, bias_gradient) in enumerate(zip(weight_gradients, bias_gradients, strict=True)):
            self.biases[layer] -= rate * bias_gradient
            if self._configuration.penalty == "none":
                self.weights[layer] -= rate * gradient
            else:
                self._penalised_step(layer, rate * gradient)

    def _penalised_step(self, layer: int, step: Array) -> None:
        before, dead = self.weights[layer], self._dead[layer]
        strength = self._configuration.learning_rate * self._configuration.regularization_rate
        moved = before - step
        if self._configuration.penalty == "L2":
            self.weights[layer] = moved - strength * before
            return
        shrunk = moved - strength * np.sign(before)
        dead |= moved * shrunk < 0
        self.weights[layer] = np.where(dead, 0.0, shrunk)

    # What became of them, one number for each network.

    def train_accuracy(self) -> Array:
        """Return the share of the training points on the right side."""
        return self._accuracy(*self._train)

    def test_accuracy(self) -> Array:
        """Return the share of the test points on the right side."""
        return self._accuracy(*self._test)

    def train_loss(self) -> Array:
        """Return the mean of ½ (o − t)² over the training points."""
        return self._loss(*self._train)

    def test_loss(self) -> Array:
        """Return the mean of ½ (o − t)² over the test points."""
        return self._loss(*self._test)

    def _accuracy(self, inputs: Array, targets: Array) -> Array:
        with np.errstate(all="ignore"):
            return (np.sign(self.outputs(inputs)) == targets).mean(axis=1)

    def _loss(self, inputs: Array, targets: Array) -> Array:
        with np.errstate(all="ignore"):
            return (0.5 * (self.outputs(inputs) - targets) ** 2).mean(axis=1)


def train_until(
    networks: Networks, is_reached: Callable[[Networks], bool], *, epochs: int, steps: int, between: int = 25
) -> bool:
    """Train until ``is_reached``, which is asked every few epochs, and say whether it was.

    Training ends without it after so many epochs, or changes of the weights, whichever comes first.
    """
    most = min(epochs, steps // max(1, networks.steps_in_epoch))
    done = 0
    while done < most:
        networks.train(min(between, most - done))
        done += between
        if is_reached(networks):
            return True
    return False
