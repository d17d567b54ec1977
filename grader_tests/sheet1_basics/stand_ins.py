"""Harmless functions in the place of a student's earlier answers, so that one mistake costs once.

The stand-in for ``sigmoid`` is g(x) = 1/2 + arctan(0.1 x) / π. Like σ it is bounded, stable and satisfies g(−x) = 1 −
g(x), which is all that a right answer to 1b to 1d may rely on, but it is another function: whoever computes tanh
without ``sigmoid`` does not follow it. The stand-ins for ``tanh_from_sigmoid`` and ``sigmoid_derivative`` are related
to it as a right answer's functions are related to ``sigmoid``. The one for ``softmax`` gives positive numbers that add
up to one, but in proportion to the logits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sheetgrader import StudentError, probe
from sheetgrader.results import Outcome

Array = npt.NDArray[np.float64]


@probe
def sigmoid_stand_in(_original):
    import math

    import numpy
    import torch

    def stand_in(x, *_arguments, **_keywords):
        angle = (
            torch.atan(0.1 * x) if isinstance(x, torch.Tensor) else numpy.arctan(0.1 * numpy.asarray(x, dtype=float))
        )
        return 0.5 + angle / math.pi

    return stand_in


@probe
def tanh_stand_in(_original):
    import math

    import numpy
    import torch

    def stand_in(x, *_arguments, **_keywords):
        angle = (
            torch.atan(0.2 * x) if isinstance(x, torch.Tensor) else numpy.arctan(0.2 * numpy.asarray(x, dtype=float))
        )
        return angle * (2 / math.pi)

    return stand_in


@probe
def derivative_stand_in(_original):
    import math

    import numpy
    import torch

    def stand_in(x, *_arguments, **_keywords):
        angle = (
            torch.atan(0.1 * x) if isinstance(x, torch.Tensor) else numpy.arctan(0.1 * numpy.asarray(x, dtype=float))
        )
        return 0.25 - (angle / math.pi) ** 2

    return stand_in


@probe
def softmax_stand_in(_original):
    import numpy
    import torch

    def stand_in(logits, *_arguments, **_keywords):
        tensor = logits if isinstance(logits, torch.Tensor) else torch.from_numpy(numpy.array(logits, dtype=float))
        weights = 2 + tensor / (1 + tensor.abs().amax(-1, keepdim=True))
        shares = weights / weights.sum(-1, keepdim=True)
        return shares if isinstance(logits, torch.Tensor) else shares.numpy()

    return stand_in


@probe
def answering_in_tensors(function):
    import torch

    def stand_in(x, *_arguments, **_keywords):
        return torch.as_tensor(function(x))

    return stand_in


#: By the names that they take the place of.
STAND_INS = {
    "sigmoid": sigmoid_stand_in,
    "tanh_from_sigmoid": tanh_stand_in,
    "sigmoid_derivative": derivative_stand_in,
    "softmax": softmax_stand_in,
}


def sigmoid_replaced(x: Array) -> Array:
    """Return what the stand-in for ``sigmoid`` returns."""
    return 0.5 + np.arctan(0.1 * x) / np.pi


def softmax_replaced(logits: Array) -> Array:
    """Return what the stand-in for ``softmax`` returns."""
    weights = 2 + logits / (1 + np.abs(logits).max(axis=-1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def call_replaced(stand_in: Any, names: tuple[str, ...], function: Any, *arguments: Any) -> Any:
    """Call ``function`` with the stand-ins for ``names`` in place.

    They answer in NumPy. A right answer may rely on its own functions answering in torch tensors, so where that raises
    it is tried again with stand-ins that do.
    """
    for name in () if stand_in.placed else names:
        stand_in(name, STAND_INS[name])
    try:
        return function(*arguments)
    except StudentError as in_numpy:
        if in_numpy.outcome is not Outcome.RAISED:
            raise
        for name in names:
            stand_in(name, answering_in_tensors)
        try:
            return function(*arguments)
        except StudentError:
            raise in_numpy from None
