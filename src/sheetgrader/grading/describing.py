"""Values in words, short enough for a sentence that a student reads."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from sheetgrader import wire

#: Terminal control sequences, which would colour or rewrite what a tutor sees.
_CONTROL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def plain_text(text: str, most: int = 300) -> str:
    """Return ``text`` without terminal control sequences, shortened to ``most`` characters."""
    text = _CONTROL.sub("", text[: 8 * most])
    return text if len(text) <= most else text[: most - 1] + "…"


def describe(value: Any, most: int = 160) -> str:
    """Return ``value`` as short text: small arrays with their numbers, large ones with their shape and first numbers."""
    if isinstance(value, wire.Tensor):
        return "tensor " + _array(value.array)
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, np.generic | float):
        return f"{value:.6g}" if isinstance(value, np.floating | float) else str(value)
    if isinstance(value, list | tuple) and value and all(isinstance(item, float | np.ndarray | list | tuple) for item in value):
        shown = ", ".join(describe(item, most // 2) for item in value[:4]) + (", …" if len(value) > 4 else "")
        return plain_text(f"[{shown}]" if isinstance(value, list) else f"({shown})", 3 * most)
    return plain_text(repr(value), most)


def _array(array: npt.NDArray[Any]) -> str:
    if array.size <= 6:
        numbers = np.array2string(array, precision=6, separator=", ", max_line_width=10_000).replace("\n", "")
        return numbers if array.ndim == 1 or array.ndim == 0 else f"{numbers} of shape {array.shape}"
    first = ", ".join(f"{number:.4g}" if array.dtype.kind in "fc" else str(number) for number in array.reshape(-1)[:3])
    return f"array of shape {array.shape} with the first numbers {first}"
