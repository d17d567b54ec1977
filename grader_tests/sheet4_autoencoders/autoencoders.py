"""The student's autoencoders as graders see them: made with a seed, asked for their outputs, their parameters and their
layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sheetgrader import Address, Handle, Wrong, numbers, probe, tensor
from sheetgrader.graders.models import seed_everything

Array = npt.NDArray[Any]

#: Corners of the rectangle that the sheet's data come from.
_WIDEST: Final = np.array([2.0, 1.0])


def rectangle(rng: np.random.Generator, n: int = 100) -> npt.NDArray[np.float32]:
    """Return n points from the uniform distribution on [−2, 2] × [−1, 1]."""
    return (rng.uniform(-1, 1, size=(n, 2)) * _WIDEST).astype(np.float32)


@probe
def parameters_of(model, part):
    return list((getattr(model, part) if part else model).parameters())


@probe
def flags_of(model, part):
    return [bool(parameter.requires_grad) for parameter in (getattr(model, part) if part else model).parameters()]


@probe
def give_lazy_layers_their_sizes(model):
    """Layers such as LazyLinear have no parameters before they have seen the first points."""
    import torch

    if isinstance(model, torch.nn.Module) and any(map(torch.nn.parameter.is_lazy, model.parameters())):
        with torch.no_grad():
            model(torch.zeros(2, 2))


@probe
def missing_parts(model):
    return [name for name in ("encoder", "decoder") if not callable(getattr(model, name, None))]


@probe
def trained_plainly(model, data, epochs, rate):
    """Train with full-batch Adam, in a plain loop."""
    import torch

    optimiser = torch.optim.Adam([parameter for parameter in model.parameters() if parameter.requires_grad], lr=rate)
    for _ in range(epochs):
        optimiser.zero_grad()
        ((model(data) - data) ** 2).mean().backward()
        optimiser.step()


@dataclass(frozen=True)
class Autoencoder:
    """A model of the student's that lives in the sandbox."""

    handle: Handle

    def encode(self, points: Array) -> Array:
        """Return the latent values (n, 1) of points (n, 2)."""
        return numbers(self.handle.encoder(tensor(points)), shape=(len(points), 1))

    def decode(self, latent: Array) -> Array:
        """Return the points (n, 2) of latent values (n, 1)."""
        return numbers(self.handle.decoder(tensor(latent)), shape=(len(latent), 2))

    def reconstruct(self, points: Array) -> Array:
        """Return the reconstructions (n, 2) of points (n, 2)."""
        return numbers(self.handle(tensor(points)), shape=points.shape)

    def error(self, points: Array) -> float:
        """Return the mean squared error over all coordinates, computed here."""
        return float(np.mean((self.reconstruct(points).astype(np.float64) - points) ** 2))

    def parameters(self, part: str = "") -> list[Array]:
        """Return the numbers of all parameters, or of those of the `encoder` or `decoder`."""
        values = parameters_of(self.handle, part)
        if not isinstance(values, list) or not values:
            raise Wrong(f"The {part or 'model'} has no parameters that could be trained.")
        return [numbers(value) for value in values]

    def flags(self, part: str = "") -> list[bool]:
        """Return `requires_grad` of all parameters, or of those of the `encoder` or `decoder`."""
        values = flags_of(self.handle, part)
        return [flag is True for flag in values] if isinstance(values, list) else []


def as_autoencoder(value: object) -> Autoencoder:
    """Return what a function of the student's gave back as a model.

    Raises:
        Wrong: it is no model, or one without an encoder or a decoder.
    """
    if not isinstance(value, Handle):
        raise Wrong("It is no model.", value=value)
    missing = missing_parts(value)
    if missing != []:
        names = " and no ".join(
            f"`{name}`" for name in ("encoder", "decoder") if isinstance(missing, list) and name in missing
        )
        raise Wrong(f"It has no {names or 'parts'} that could be called.", value=value)
    return Autoencoder(value)


def make(kind: Address, rng: np.random.Generator) -> Autoencoder:
    """Return a new model of one of the student's classes, from a random start that ``rng`` decides."""
    reseed(rng)
    model = as_autoencoder(kind())
    give_lazy_layers_their_sizes(model.handle)
    return model


def reseed(rng: np.random.Generator) -> None:
    """Move the student's global random generators to another place, so that only a seed that is used gives the same
    numbers again.
    """
    seed_everything(int(rng.integers(2**31)))


# Layers.


@probe
def random_weights(model, seed):
    """Give all parameters random numbers that are large enough for every non-linearity to show."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            scale = 2 / parameter.shape[-1] ** 0.5 if parameter.ndim > 1 else 0.5
            parameter.copy_(scale * torch.randn(parameter.shape, generator=generator))


@probe
def products_in(model, part, inputs):
    """Return what goes into each product with a weight matrix and what comes out, in order, and what `part` returns in
    the end.
    """
    import torch
    from torch.overrides import TorchFunctionMode

    products = {
        "linear",
        "matmul",
        "__matmul__",
        "__rmatmul__",
        "mm",
        "addmm",
        "bmm",
        "baddbmm",
        "einsum",
        "tensordot",
        "conv1d",
        "dot",
        "mv",
    }
    seen = []

    def rows(values):
        values = values.detach().clone()
        return values.movedim(list(values.shape).index(len(inputs)), 0).reshape(len(inputs), -1)

    def tensors_in(arguments):
        for argument in arguments:
            if isinstance(argument, torch.Tensor):
                yield argument
            elif isinstance(argument, (list, tuple)):
                yield from tensors_in(argument)

    class Watch(TorchFunctionMode):
        def __torch_function__(self, function, types, arguments=(), keywords=None):
            keywords = keywords or {}
            if getattr(function, "__name__", "") not in products:
                return function(*arguments, **keywords)
            before = [rows(each) for each in tensors_in([*arguments, *keywords.values()]) if len(inputs) in each.shape]
            result = function(*arguments, **keywords)
            if before and isinstance(result, torch.Tensor) and len(inputs) in result.shape:
                seen.append([before[0], rows(result)])
            return result

    with torch.no_grad(), Watch():
        returned = getattr(model, part)(inputs)
    return {"products": seen, "returned": returned}


@dataclass(frozen=True)
class Layers:
    """The linear layers of an encoder or decoder, seen at work on some rows of inputs."""

    inputs: Array
    #: What goes into each layer and what comes out of it, bias included or not.
    products: tuple[tuple[Array, Array], ...]
    returned: Array

    @property
    def sizes(self) -> tuple[int, ...]:
        """The numbers of units, layer by layer."""
        return tuple(after.shape[1] for _, after in self.products)


#: Odd, and larger than every layer, so that rows can be told from units.
_ROWS: Final = 211


def layers_in(model: Autoencoder, part: str, rng: np.random.Generator) -> Layers:
    """Run the `encoder` or `decoder` on random rows and return its layers."""
    inputs = rng.normal(scale=2, size=(_ROWS, 2 if part == "encoder" else 1)).astype(np.float32)
    record = products_in(model.handle, part, tensor(inputs))
    seen, returned = (record.get("products"), record.get("returned")) if isinstance(record, dict) else (None, None)
    if not isinstance(seen, list) or not seen or not all(isinstance(each, list) and len(each) == 2 for each in seen):
        raise Wrong(f"No linear layer was found in the {part}.")
    pairs = tuple((numbers(before, shape=(_ROWS, None)), numbers(after, shape=(_ROWS, None))) for before, after in seen)
    return Layers(inputs, pairs, numbers(returned, shape=(_ROWS, None)))


def is_affine(before: Array, after: Array) -> bool:
    """Tell whether each column of ``after`` follows from the same column of ``before`` by a factor and a summand."""
    if before.shape != after.shape:
        return False
    before, after = before.astype(np.float64), after.astype(np.float64)
    centred, wanted = before - before.mean(axis=0), after - after.mean(axis=0)
    slope = np.nan_to_num((centred * wanted).sum(axis=0) / (centred * centred).sum(axis=0))
    left = np.abs(wanted - slope * centred).max(axis=0)
    return bool((left <= 1e-3 * np.abs(wanted).max(axis=0) + 1e-5 * np.abs(after).max(axis=0)).all())
