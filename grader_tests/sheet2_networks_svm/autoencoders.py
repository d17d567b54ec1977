"""The student's autoencoders as graders see them: made with a seed, looked at layer by layer, and computed again on
this side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import scipy.special

from sheetgrader import Address, Handle, Wrong, numbers, probe
from sheetgrader.graders.models import ask, evaluation_mode, new_model, number_types

Array = npt.NDArray[Any]

PIXELS: Final = 784
#: Relative to numbers of about one: single precision through sums over a thousand units.
TOLERANCE: Final = 1e-3


@probe
def randomise(model, seed):
    """Give all parameters random numbers that are large enough for every activation function to show."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            scale = 1.5 / max(parameter.shape) ** 0.5 if parameter.ndim > 1 else 0.5
            parameter.copy_(scale * torch.randn(parameter.shape, generator=generator))


@probe
def complete(model):
    """Let layers that find out their sizes from their first input do so."""
    import torch

    parameters = list(model.parameters())
    if not parameters or any(torch.nn.parameter.is_lazy(each) for each in parameters):
        with torch.no_grad():
            model(torch.zeros(2, 784))


@probe
def parameters_of(model, part, size):
    """Return the parameters of a part, and how many numbers the parameters of the whole model hold.

    A part that is a function, a method of the model for instance, has those parameters that gradients of its output
    reach.
    """
    import torch

    found = getattr(model, part)
    model.zero_grad()
    if isinstance(found, torch.nn.Module):
        parameters = list(found.parameters())
    else:
        inputs = torch.ones(2, size)
        for parameter in model.parameters():
            inputs = inputs.to(parameter.dtype)
        with torch.enable_grad():
            outputs = found(inputs)
        parameters = []
        if outputs.requires_grad:
            outputs.sum().backward()
            parameters = [parameter for parameter in model.parameters() if parameter.grad is not None]
            model.zero_grad()
    return {
        "part": [each.detach().clone() for each in parameters],
        "all": sum(each.numel() for each in model.parameters()),
    }


@probe
def parameters_reached(model, images):
    """Tell whether the gradients of the squared error reach all parameters."""
    import torch

    model.train()
    for parameter in model.parameters():
        images = images.to(parameter.dtype)
    with torch.enable_grad():
        (model(images) - images).square().mean().backward()
    gradients = [parameter.grad for parameter in model.parameters()]
    return len(gradients) > 0 and all(
        each is not None and bool(each.isfinite().all()) and bool(each.any()) for each in gradients
    )


def make(constructor: Address, name: str, rng: np.random.Generator, *arguments: Any, **keywords: Any) -> Handle:
    """Return a new model of one of the student's classes, in the mode that it was made in."""
    model = new_model(constructor, name, int(rng.integers(2**31)), *arguments, **keywords)
    complete(model)
    return model


def random_images(rng: np.random.Generator, n: int) -> npt.NDArray[np.float32]:
    """Return n images with pixels of about the size of normalised ones."""
    return rng.normal(size=(n, PIXELS)).astype(np.float32)


# Layers.


def identity(x: Array) -> Array:
    return x


def sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def relu(x: Array) -> Array:
    return np.asarray(np.maximum(x, 0))


def softmax(x: Array) -> Array:
    return np.asarray(scipy.special.softmax(x, axis=1))


#: What a student may have put behind a layer, by the names that messages use. Those that no question asks for are here
#: so that one of them costs the points of its own place only: what is unknown in one place hides what stands in the
#: others.
ACTIVATIONS: Final[dict[str, Callable[[Array], Array]]] = {
    "no activation function": identity,
    "ReLU": relu,
    "Sigmoid": sigmoid,
    "Tanh": np.tanh,
    "LeakyReLU": lambda x: np.maximum(x, 0.01 * x),
    "ELU": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "GELU": lambda x: x * scipy.special.ndtr(x),
    "SiLU": lambda x: x * sigmoid(x),
    "Softplus": lambda x: np.logaddexp(0, x),
    "Hardsigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "Softmax": softmax,
    "two Sigmoids": lambda x: sigmoid(sigmoid(x)),
}


@dataclass(frozen=True)
class Layer:
    """A linear layer: x ↦ x W + b."""

    weight: Array
    bias: Array | None

    def __call__(self, x: Array) -> Array:
        """Return what it makes of inputs in rows."""
        product = x @ self.weight
        return np.asarray(product if self.bias is None else product + self.bias)


@dataclass(frozen=True)
class Part:
    """The linear layers of the encoder or the decoder."""

    name: str
    layers: tuple[Layer, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Numbers of units, from the inputs to the outputs."""
        return (self.layers[0].weight.shape[0], *(layer.weight.shape[1] for layer in self.layers))

    def __call__(self, x: Array, hidden: str, output: str = "no activation function") -> Array:
        """Return what it makes of inputs with these activation functions behind its layers."""
        for layer in self.layers[:-1]:
            x = ACTIVATIONS[hidden](layer(x))
        return ACTIVATIONS[output](self.layers[-1](x))


def part_of(model: Handle, name: str, first: int, last: int | None = None) -> tuple[Part, int]:
    """Return the layers of one part of a model, which lead from ``first`` to ``last`` numbers, and the number of all
    the model's parameters.

    Without ``last`` they may lead to any number: how many latent units there are is judged once, and not wherever
    layers are looked at.

    Raises:
        Wrong: its parameters are no chain of linear layers between these sizes.
    """
    record = parameters_of(model, name, first)
    values, total = (record.get("part"), record.get("all")) if isinstance(record, dict) else (None, None)
    if not isinstance(values, list) or not isinstance(total, int):
        raise Wrong(f"The parameters of the {name} could not be looked at.")
    found = [numbers(value).astype(np.float64) for value in values[:20]]
    layers = _chain([each for each in found if each.ndim == 2 and 1 not in each.shape[:1]], found, first, last)
    if layers is None:
        shapes = ", ".join(str(each.shape) for each in found[:8]) or "none"
        sizes = f"from {first} numbers" if last is None else f"from {first} to {last} numbers"
        raise Wrong(f"The parameters of the {name} are no linear layers {sizes}; their shapes are: {shapes}.")
    return Part(name, tuple(layers)), total


def _chain(matrices: Sequence[Array], found: Sequence[Array], first: int, last: int | None) -> list[Layer] | None:
    """Put matrices one behind the other by their sizes, each with the bias of its size, if there is one; use every
    parameter.
    """
    biases = [each.reshape(-1) for each in found if not any(each is matrix for matrix in matrices)]
    left = list(matrices)
    layers: list[Layer] = []
    size = first
    while left:
        # Layers need not be made in the order in which they are used.
        place = next((place for place, matrix in enumerate(left) if size in matrix.shape), None)
        if place is None:
            return None
        matrix = left.pop(place)
        # The weights of torch.nn.Linear have one row for each output; a student's own may have one for each input.
        weight = matrix.T if matrix.shape[1] == size else matrix
        size = weight.shape[1]
        position = next((place for place, bias in enumerate(biases) if bias.shape == (size,)), None)
        layers.append(Layer(weight, None if position is None else biases.pop(position)))
    return layers if layers and last in (None, size) and not biases else None


@dataclass(frozen=True)
class Network:
    """An autoencoder of the student's with random parameters, seen from this side."""

    handle: Handle
    encoder: Part
    decoder: Part
    all_parameters: int
    images: Array

    # Asked for where they are needed: a model that puts out something else than images may have the right layers.

    @cached_property
    def precision(self) -> str:
        """The type of numbers that it is asked with: another one than float32 costs points where the parts are judged,
        and not wherever one asks.
        """
        return "float64" if number_types(self.handle) == ["float64"] else "float32"

    @cached_property
    def latent(self) -> Array:
        """What its encoder makes of the images."""
        value = ask(self.handle, self.images, part=self.handle.encoder, precision=self.precision)
        return numbers(value, shape=(len(self.images), self.encoder.sizes[-1])).astype(np.float64)

    @cached_property
    def outputs(self) -> Array:
        """What it makes of the images itself."""
        value = ask(self.handle, self.images, precision=self.precision)
        return numbers(value, shape=self.images.shape).astype(np.float64)


def look_at(model: Handle, rng: np.random.Generator) -> Network:
    """Give a model random parameters, and return its layers, with images to be asked about in evaluation mode."""
    randomise(model, int(rng.integers(2**31)))
    evaluation_mode(model)
    encoder, total = part_of(model, "encoder", PIXELS)
    decoder, _ = part_of(model, "decoder", encoder.sizes[-1], PIXELS)
    return Network(model, encoder, decoder, total, random_images(rng, 37).astype(np.float64))


def agree(found: Array, want: Array) -> bool:
    """Tell whether two arrays hold the same numbers, up to single precision."""
    return bool(np.abs(found - want).max() <= TOLERANCE * max(1.0, np.abs(want).max()))


def _hidden_candidates(part: Part) -> list[str]:
    return list(ACTIVATIONS) if len(part.layers) > 1 else ["no activation function"]


def activations_of_encoder(network: Network) -> tuple[str, str] | None:
    """Return the names of the encoder's hidden activation and of the one on its output, or None where none that is
    known fits.
    """
    for hidden in _hidden_candidates(network.encoder):
        linear = network.encoder(network.images, hidden)
        for latent, activation in ACTIVATIONS.items():
            if agree(network.latent, activation(linear)):
                return hidden, latent
    return None


def activations_of_decoder(network: Network) -> tuple[str, str, str] | None:
    """Return the names of the activations between the student's encoder and decoder, within the decoder, and on the
    model's output.
    """
    for between, activation in ACTIVATIONS.items():
        latent = activation(network.latent)
        for hidden in _hidden_candidates(network.decoder):
            linear = network.decoder(latent, hidden)
            for output, last in ACTIVATIONS.items():
                if agree(network.outputs, last(linear)):
                    return between, hidden, output
    return None
