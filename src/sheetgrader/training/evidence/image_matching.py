"""Recognises images of a known data set among those that a student's transforms have made of them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

Array = np.ndarray[Any, Any]

#: Correlation with the nearest known image that counts as that image; noise, rounding and a change of contrast stay
#: above, other images below.
SURE: Final = 0.95
_GRID: Final = 14


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
    first = np.unique(without_duplicates(known))
    one, other = _comparable(np.asarray(images, dtype=np.float64), known[first].astype(np.float64))
    likeness = _standardised(one) @ _standardised(other).T
    best = likeness.argmax(axis=1)
    return first[best], likeness[np.arange(len(images)), best]


def without_duplicates(known: Array) -> Array:
    """Return for each image the index of the first that equals it, shape (m,)."""
    _, first, group = np.unique(known.reshape(len(known), -1), axis=0, return_index=True, return_inverse=True)
    indices: Array = first[group.reshape(-1)]
    return indices


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


def _standardised(rows: Array) -> Array:
    centred = rows - rows.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    result: Array = np.divide(centred, length, out=np.zeros_like(centred), where=length > 0)
    return result
