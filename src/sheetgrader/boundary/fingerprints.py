"""Fingerprints of inputs: few numbers that tell one image from another, whatever brightness and contrast it is given.

Both sides use them: where a script runs, to note what it trains on; on the trusted side, to find those inputs among the
data.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

#: Numbers in a fingerprint of an input with more than this many numbers; smaller inputs are their own.
SIZE: Final = 8
#: How far a fingerprint may be from that of the image it is taken for; single precision and its like stay far below.
SAME_IMAGE: Final = 1e-3
_SEED: Final = 20231214
#: Numbers that are projected at a time: a whole data set in double precision takes memory.
_PIECE: Final = 1 << 22

Fingerprints = npt.NDArray[np.float32]


# What a script has for inputs may be as large as floats go, or not finite.
@np.errstate(over="ignore", invalid="ignore")
def fingerprints(inputs: npt.NDArray[Any]) -> Fingerprints:
    """Return a fingerprint for each of ``inputs``, shape (n, ...): shape (n, 8), or (n, d) where an input has d ≤ 8
    numbers.

    Larger inputs are projected on fixed random directions after their own mean and standard deviation are taken out, so
    that any scaling of a whole image leaves its fingerprint as it is.
    """
    count = max(1, _PIECE // max(1, math.prod(inputs.shape[1:])))
    if len(inputs) > count:
        return np.concatenate([fingerprints(inputs[start : start + count]) for start in range(0, len(inputs), count)])
    rows = np.asarray(inputs, dtype=np.float64).reshape(len(inputs), math.prod(inputs.shape[1:]))
    if rows.shape[1] <= SIZE:
        return rows.astype(np.float32)
    centred = rows - rows.mean(axis=1, keepdims=True)
    deviation = centred.std(axis=1, keepdims=True)
    # An input of one colour has nothing to tell it by.
    scaled = np.divide(centred, deviation, out=np.zeros_like(centred), where=deviation > 0)
    return np.asarray(scaled @ _directions(rows.shape[1]), np.float32)


@lru_cache(maxsize=1)
def _directions(size: int) -> npt.NDArray[np.float64]:
    """Return what inputs of ``size`` numbers are projected on, shape (size, 8)."""
    return np.asarray(np.random.default_rng(_SEED).standard_normal((size, SIZE)) / np.sqrt(size))
