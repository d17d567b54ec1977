"""Recognises images of a known data set among those that a student's transforms have made of them."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from sheetgrader.boundary.fingerprints import fingerprints

Array = np.ndarray[Any, Any]

#: Correlation with the nearest known image that counts as that image; noise, rounding and a change of contrast stay
#: above, other images below.
SURE: Final = 0.95
_GRID: Final = 14
#: Correlation above which an image found by its fingerprint is not looked for any further.
_CLEAR: Final = 0.999
#: What rounding leaves of an image of one colour.
_ROUNDING: Final = 1e-4
#: Images that are compared with all known ones at a time.
_CHUNK: Final = 1000


def nearest(images: Array, known: Array) -> tuple[Array, Array]:
    """Return for each image which of the known ones it is, and how sure that is.

    Images are compared by correlation, which no change of brightness or contrast matters to, such as a normalisation.
    Equal known images count as one, the first of them.

    Args:
        images: shape (n, ...), each flat, or with height and width last; of another size than the known ones they are
            compared coarsely.
        known: shape (m, height, width).

    Returns:
        Indices into ``known``, shape (n,), and correlations in [-1, 1], shape (n,).

    Raises:
        ValueError: the images have no shape that an image could have.
    """
    from scipy.spatial import KDTree  # it comes with the extra `ml`

    first = np.unique(without_duplicates(known))
    rows, others = (_standardised(each) for each in _comparable(images, known[first]))
    # Most are known ones but for rounding, which few numbers tell, however many images there are.
    best = KDTree(fingerprints(others)).query(fingerprints(rows))[1]
    likeness = np.einsum("ij,ij->i", rows, others[best])
    unsure = np.flatnonzero(likeness < _CLEAR)
    for chosen in np.array_split(unsure, math.ceil(len(unsure) / _CHUNK)) if len(unsure) else ():
        all_likenesses = rows[chosen] @ others.T
        best[chosen] = all_likenesses.argmax(axis=1)
        likeness[chosen] = all_likenesses.max(axis=1)
    return first[best], likeness


def without_duplicates(known: Array) -> Array:
    """Return for each image the index of the first that equals it, shape (m,)."""
    first: dict[bytes, int] = {}
    return np.array([first.setdefault(image.tobytes(), number) for number, image in enumerate(known)])


def _comparable(images: Array, known: Array) -> tuple[Array, Array]:
    """Return both as flat rows of the same length."""
    pixels = known[0].size
    if images.ndim == 1 or not images[0].size:
        raise ValueError("they are single numbers")
    if images[0].size == pixels:
        return images.reshape(len(images), -1), known.reshape(len(known), -1)
    if images[0].size % pixels == 0 and images.shape[-2:] == known.shape[1:]:
        return images.reshape(len(images), -1, pixels).mean(axis=1), known.reshape(len(known), -1)
    if images.ndim < 3 or min(images.shape[-2:]) < _GRID:
        raise ValueError(f"their shape is {images.shape[1:]}")
    merged = images.reshape(len(images), -1, *images.shape[-2:]).mean(axis=1)
    return _shrunk(merged), _shrunk(known)


def _shrunk(images: Array) -> Array:
    """Return the mean brightness in each field of a coarse grid, which is the same for every size of an image."""
    rows, columns = (_shares(size) for size in images.shape[1:])
    means: Array = rows @ images @ columns.T
    return means.reshape(len(images), -1)


def _shares(size: int) -> Array:
    """Return which share of each field of the grid each of ``size`` pixels covers, shape (fields, size)."""
    fields, pixels = np.linspace(0, 1, _GRID + 1), np.linspace(0, 1, size + 1)
    overlap = np.minimum(fields[1:, None], pixels[1:]) - np.maximum(fields[:-1, None], pixels[:-1])
    shares: Array = np.maximum(overlap, 0) * _GRID
    return shares


# What a script takes for images may be as large as floats go.
@np.errstate(over="ignore", invalid="ignore")
def _standardised(rows: Array) -> Array:
    """Return ``rows`` with mean 0 and length 1, in single precision: a whole official data set takes memory."""
    largest = np.abs(rows).max(axis=1, keepdims=True)
    found = np.divide(rows, largest, out=np.zeros(rows.shape, np.float32), where=largest > 0)
    found -= found.mean(axis=1, keepdims=True)
    length = np.linalg.norm(found, axis=1, keepdims=True)
    # An image of one colour differs from its mean by rounding at most.
    found /= np.where(length > _ROUNDING, length, np.inf)
    result: Array = np.nan_to_num(found, copy=False)
    return result
