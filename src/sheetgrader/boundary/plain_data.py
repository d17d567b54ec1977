"""The plain data in a value of any type: what NumPy would find in it, past whatever methods its class may have of its
own.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import numpy as np
import numpy.typing as npt

#: The kinds of number types that are plain data: booleans, integers, floating-point and complex numbers.
PLAIN_KINDS: Final = frozenset("biufc")
#: How to get the plain value out of an instance of a subclass.
_COPIES: Final[tuple[tuple[type, Callable[[Any], object]], ...]] = (
    (list, list.copy),
    (tuple, lambda value: tuple(tuple.__iter__(value))),
    (deque, lambda value: list(deque.__iter__(value))),
    (str, str.__str__),
    (int, int.__index__),
    (float, float.__float__),
)


def underneath(value: object, most_items: int) -> object:
    """Return the plain value that NumPy would find in ``value``, or ``value`` itself where there is none.

    Args:
        value: an object that is no instance of exactly one of the built-in types, array or tensor.
        most_items: how many items may cross; of a range, which can be longer than any list, one more is made.
    """
    kind = type(value)
    if kind is range:
        return list(value[: most_items + 1])  # type: ignore[index]  # kind is range
    for base, copy in _COPIES:
        if issubclass(kind, base):
            return copy(value)
    if issubclass(kind, dict):
        items: dict[object, object] = dict(dict.items(value))  # type: ignore[arg-type]  # kind is a dict
        return items if kind is not dict and all(type(key) is str for key in items) else value
    if hasattr(kind, "__array__"):
        with suppress(Exception):
            array = np.asarray(value)
            return array if array.dtype.kind in PLAIN_KINDS else value
    return value


def tensor_as_array(value: object) -> npt.NDArray[Any] | None:
    """Return the numbers of a torch tensor as an array, or None for anything else."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(value, torch.Tensor):
        return None
    try:
        tensor = value.detach().to("cpu").resolve_conj().resolve_neg()
        if tensor.layout is not torch.strided:
            tensor = tensor.to_dense()
        if tensor.is_floating_point() and tensor.dtype not in (torch.float16, torch.float32, torch.float64):
            # NumPy knows no shorter number types.
            tensor = tensor.float()
        array = tensor.as_subclass(torch.Tensor).numpy()
    except (TypeError, RuntimeError):
        # Tensors without data, quantised and nested ones have no array.
        return None
    return np.asarray(array) if array.dtype.kind in PLAIN_KINDS else None
