"""The student's autoencoders as graders see them: made with a seed, looked at layer by layer, and computed again on this side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sheetgrader import Address, Handle, StudentError, Wrong, numbers, probe, tensor
from sheetgrader.results import Outcome

Array = npt.NDArray[Any]

PIXELS: Final = 784
#: Relative to numbers of about one: single precision through sums over a thousand units.
TOLERANCE: Final = 1e-3


@probe
def seed_everything(seed):
    import random

    import numpy
    import torch

    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)


@probe
def types_of_parameters(model):
    import torch

    if not isinstance(model, torch.nn.Module):
        return None
    return sorted({str(parameter.dtype).replace("torch.", "") for parameter in model.parameters()})


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
def parameters_of(model, part):
    """Return the parameters of a part, and how many numbers the parameters of the whole model hold."""
    return {"part": [each.detach().clone() for each in getattr(model, part).parameters()], "all": sum(each.numel() for each in model.parameters())}


@probe
def parameters_reached(model, images):
    """Tell whether the gradients of the squared error reach all parameters."""
    import torch

    model.train()
    with torch.enable_grad():
        (model(images) - images).square().mean().backward()
    gradients = [parameter.grad for parameter in model.parameters()]
    return len(gradients) > 0 and all(each is not None and bool(each.isfinite().all()) and bool(each.any()) for each in gradients)


def make(constructor: Address, name: str, rng: np.random.Generator, *arguments: Any, **keywords: Any) -> Handle:
    """Return a new model of one of the student's classes, in the mode that it was made in.

    Raises:
        Wrong: it is no module of PyTorch's.
    """
    seed_everything(int(rng.integers(2**31)))
    model = constructor(*arguments, **keywords)
    if not isinstance(model, Handle) or types_of_parameters(model) is None:
        raise Wrong(f"{name}(…) is no torch.nn.Module.", value=model)
    return model


def ask(model: Handle, function: Address | Handle, inputs: Array) -> Any:
    """Return what a model, or a part of it, says on float32 inputs, as it came back."""
    try:
        return function(tensor(inputs.astype(np.float32)))
    except StudentError as error:
        if error.outcome is not Outcome.RAISED:
            raise
        types = types_of_parameters(model)
        if isinstance(types, list) and types not in ([], ["float32"]):
            raise Wrong(
                f"The model's parameters are of the type {', '.join(map(str, types))[:60]}; leave PyTorch's default, float32, as the images have it."
            ) from None
        raise


def random_images(rng: np.random.Generator, n: int) -> npt.NDArray[np.float32]:
    """Return n images with pixels of about the size of normalised ones."""
    return rng.normal(size=(n, PIXELS)).astype(np.float32)


# Layers.


def identity(x: Array) -> Array:
    return x


def sigmoid(x: Array) -> Array:
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-x)))


def relu(x: Array) -> Array:
    return np.asarray(np.maximum(x, 0))


#: What a student may have put behind a layer, by the names that messages use.
ACTIVATIONS: Final[dict[str, Callable[[Array], Array]]] = {
    "no activation function": identity,
    "ReLU": relu,
    "Sigmoid": sigmoid,
    "Tanh": np.tanh,
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


def part_of(model: Handle, name: str, first: int, last: int) -> tuple[Part, int]:
    """Return the layers of one part of a model, which lead from ``first`` to ``last`` numbers, and the number of all the model's parameters.

    Raises:
        Wrong: its parameters are no chain of linear layers between these sizes.
    """
    record = parameters_of(model, name)
    values, total = (record.get("part"), record.get("all")) if isinstance(record, dict) else (None, None)
    if not isinstance(values, list) or not isinstance(total, int):
        raise Wrong(f"The parameters of the {name} could not be looked at.")
    found = [numbers(value).astype(np.float64) for value in values[:20]]
    layers = _chain([each for each in found if each.ndim == 2 and 1 not in each.shape[:1]], found, first, last)
    if layers is None:
        shapes = ", ".join(str(each.shape) for each in found[:8]) or "none"
        raise Wrong(f"The parameters of the {name} are no linear layers from {first} to {last} numbers; their shapes are: {shapes}.")
    return Part(name, tuple(layers)), total


def _chain(matrices: Sequence[Array], found: Sequence[Array], first: int, last: int) -> list[Layer] | None:
    """Put matrices one behind the other in their order, each with the bias of its size, if there is one; use every parameter."""
    biases = [each.reshape(-1) for each in found if not any(each is matrix for matrix in matrices)]
    layers: list[Layer] = []
    size = first
    for matrix in matrices:
        # The weights of torch.nn.Linear have one row for each output; a student's own may have one for each input.
        weight = matrix.T if matrix.shape[1] == size else matrix
        if weight.shape[0] != size:
            return None
        size = weight.shape[1]
        position = next((place for place, bias in enumerate(biases) if bias.shape == (size,)), None)
        layers.append(Layer(weight, None if position is None else biases.pop(position)))
    return layers if layers and size == last and not biases else None


@dataclass(frozen=True)
class Network:
    """An autoencoder of the student's with random parameters, seen from this side."""

    handle: Handle
    encoder: Part
    decoder: Part
    all_parameters: int
    images: Array
    #: What its encoder makes of the images, and what it makes of them itself.
    latent: Array
    outputs: Array


def look_at(model: Handle, dim: int, rng: np.random.Generator) -> Network:
    """Give a model random parameters, and return its layers with what it makes of some images in evaluation mode."""
    randomise(model, int(rng.integers(2**31)))
    model.eval()
    encoder, total = part_of(model, "encoder", PIXELS, dim)
    decoder, _ = part_of(model, "decoder", dim, PIXELS)
    images = random_images(rng, 37)
    latent = numbers(ask(model, model.encoder, images), shape=(37, dim)).astype(np.float64)
    outputs = numbers(ask(model, model, images), shape=images.shape).astype(np.float64)
    return Network(model, encoder, decoder, total, images.astype(np.float64), latent, outputs)


def agree(found: Array, want: Array) -> bool:
    """Tell whether two arrays hold the same numbers, up to single precision."""
    return bool(np.abs(found - want).max() <= TOLERANCE * max(1.0, np.abs(want).max()))


def _hidden_candidates(part: Part) -> list[str]:
    return list(ACTIVATIONS) if len(part.layers) > 1 else ["no activation function"]


def activations_of_encoder(network: Network) -> tuple[str, str] | None:
    """Return the names of the encoder's hidden activation and of the one on its output, or None where none that is known fits."""
    return _first(
        (hidden, latent)
        for hidden in _hidden_candidates(network.encoder)
        for latent in ACTIVATIONS
        if agree(network.latent, network.encoder(network.images, hidden, latent))
    )


def activations_of_decoder(network: Network) -> tuple[str, str, str] | None:
    """Return the names of the activations between the student's encoder and decoder, within the decoder, and on the model's output."""
    return _first(
        (between, hidden, output)
        for between in ACTIVATIONS
        for hidden in _hidden_candidates(network.decoder)
        for output in ACTIVATIONS
        if agree(network.outputs, network.decoder(ACTIVATIONS[between](network.latent), hidden, output))
    )


def _first(candidates: Iterator[Any]) -> Any:
    return next(candidates, None)
