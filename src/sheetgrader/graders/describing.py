"""Values in words, short enough for a sentence that a student reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sheetgrader.boundary import encoding
from sheetgrader.boundary.plain_text import plain_text

#: So many numbers are shown, where they fit; of more the first few.
_SHOWN_WHOLE: Final = 16
#: A row of an argument that belongs to one number of the value.
_LONGEST_ROW: Final = 8


def describe(value: Any, most: int = 160) -> str:
    """Return ``value`` as short text: short arrays and lists whole, long arrays with their shape and first numbers."""
    if isinstance(value, encoding.Tensor):
        return "tensor " + _array(value.array, most)
    if isinstance(value, np.ndarray):
        return _array(value, most)
    if isinstance(value, np.generic | float | complex):
        return number(value)
    if (
        isinstance(value, list | tuple)
        and value
        and (_of_numbers(value) or any(isinstance(item, np.ndarray) for item in value))
    ):
        begin, end = "[]" if isinstance(value, list) else "()"
        items = [describe(item, most // 2) for item in value[:_SHOWN_WHOLE]]
        shown = ", ".join(items)
        if len(value) > _SHOWN_WHOLE or (len(items) > 4 and len(shown) > most):
            shown = ", ".join(items[:4]) + ", …"
        return plain_text(f"{begin}{shown}{',' if end == ')' and len(value) == 1 else ''}{end}", 3 * most)
    return plain_text(_beginning(value, 8 * most), most)


def number(value: Any) -> str:
    """Return a number as people write it: six digits, and nothing that is -0."""
    if isinstance(value, float | complex | np.inexact):
        # Of -0 and 0 the sum is 0.
        return f"{value + 0:.6g}"
    return str(value)


def inputs_at(arguments: Iterable[Any], shape: tuple[int, ...], index: tuple[int, ...]) -> list[str]:
    """Return what of ``arguments`` belongs to the number at ``index`` of an array of ``shape``: the number at the same
    place, or the row at its first index.
    """
    arrays = [array for argument in arguments if (array := _numbers_of(argument)) is not None]
    if max(shape, default=1) == 1:
        return []
    same = [number(array[index]) for array in arrays if array.shape == shape]
    # Of two matrices that make a third one, no number belongs to one of it.
    if len(shape) > 1 and len(same) > 1:
        return []
    return same or [
        _whole(array[index[0]])
        for array in arrays
        if array.ndim == 2 and array.shape[0] == shape[0] and array.shape[1] <= _LONGEST_ROW
    ]


def _numbers_of(argument: Any) -> npt.NDArray[Any] | None:
    if isinstance(argument, encoding.Tensor):
        return argument.array
    if isinstance(argument, list) and argument and all(isinstance(item, int | float) for item in argument):
        return np.array(argument)
    return argument if isinstance(argument, np.ndarray) else None


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
    elif isinstance(value, float | complex | np.generic):
        yield number(value)
    else:
        yield repr(value[:most] if isinstance(value, str | bytes) else value)


def _array(array: npt.NDArray[Any], most: int) -> str:
    if array.size <= _SHOWN_WHOLE and len(whole := _whole(array)) <= most:
        return whole if array.size > 0 and array.ndim < 2 else f"{whole} of shape {array.shape}"
    first = ", ".join(f"{entry + 0:.4g}" if array.dtype.kind in "fc" else str(entry) for entry in array.reshape(-1)[:3])
    return f"array of shape {array.shape} with the first numbers {first}"


def _whole(array: Any) -> str:
    if np.ndim(array):
        return f"[{', '.join(map(_whole, array))}]"
    entry = array[()] if isinstance(array, np.ndarray) else array
    return number(entry) if isinstance(entry, np.number | np.bool) else repr(entry)
