"""Values in words, short enough for a sentence that a student reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from sheetgrader.boundary import encoding
from sheetgrader.boundary.plain_text import plain_text


def describe(value: Any, most: int = 160) -> str:
    """Return ``value`` as short text: small arrays with their numbers, large ones with their shape and first
    numbers.
    """
    if isinstance(value, encoding.Tensor):
        return "tensor " + _array(value.array)
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, np.generic | float):
        return f"{value:.6g}" if isinstance(value, np.floating | float) else str(value)
    if (
        isinstance(value, list | tuple)
        and value
        and (_of_numbers(value) or any(isinstance(item, np.ndarray) for item in value))
    ):
        shown = ", ".join(describe(item, most // 2) for item in value[:4]) + (", …" if len(value) > 4 else "")
        return plain_text(f"[{shown}]" if isinstance(value, list) else f"({shown})", 3 * most)
    return plain_text(_beginning(value, 8 * most), most)


def _of_numbers(value: list[Any] | tuple[Any, ...]) -> bool:
    return all(isinstance(item, float | np.ndarray | list | tuple) for item in value)


def _beginning(value: object, most: int) -> str:
    """Return ``repr(value)``, of which no more is made than is shown: values of a hundred thousand parts take seconds
    to write down.
    """
    text = ""
    for piece in _written(value, most):
        text += piece
        if len(text) > most:
            break
    return text


def _written(value: object, most: int) -> Iterator[str]:
    if isinstance(value, list | tuple):
        yield "[" if isinstance(value, list) else "("
        for position, item in enumerate(value):
            yield ", " if position else ""
            yield from _written(item, most)
        yield "]" if isinstance(value, list) else ",)" if len(value) == 1 else ")"
    elif isinstance(value, dict):
        yield "{"
        for position, (key, item) in enumerate(value.items()):
            yield f"{', ' if position else ''}{key[:most]!r}: "
            yield from _written(item, most)
        yield "}"
    else:
        yield repr(value[:most] if isinstance(value, str | bytes) else value)


def _array(array: npt.NDArray[Any]) -> str:
    if array.size <= 6:
        numbers = np.array2string(array, precision=6, separator=", ", max_line_width=10_000).replace("\n", "")
        return numbers if array.ndim == 1 or array.ndim == 0 else f"{numbers} of shape {array.shape}"
    first = ", ".join(f"{number:.4g}" if array.dtype.kind in "fc" else str(number) for number in array.reshape(-1)[:3])
    return f"array of shape {array.shape} with the first numbers {first}"
