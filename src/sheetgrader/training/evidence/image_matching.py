"""Recognises images of a known data set among those that a student's transforms have made of them."""

from __future__ import annotations

import math
from collections.abc import Callable
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
#: Numbers of images that are made comparable at a time: a whole data set in double precision takes memory.
_PIECE: Final = 1 << 22

_Flatten = Callable[[Array], Array]


def nearest(images: Array, known: Array) -> tuple[Array, Array]:
    """Return for each image which of the known ones it is, and how sure that is.

    Images are compared by correlation, which no change of brightness or contrast matters to, such as a normalisation.
    Equal known images count as one, the first of them.

    Args:
        images: shape (n, ...), one or more, each flat, or with height and width last; of another size than the known
            ones they are compared coarsely.
        known: shape (m, height, width).

    Returns:
        Indices into ``known``, shape (n,), and correlations in [-1, 1], shape (n,).

    Raises:
        ValueError: the images have no shape that an image could have.
    """
    from scipy.spatial import KDTree  # it comes with the extra `ml`

    first = np.unique(without_duplicates(known))
    flatten, flatten_known = _flattening(images.shape[1:], known.shape[1:])
    rows, others = _rows(images, flatten), _rows(known[first], flatten_known)
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


def _flattening(shape: tuple[int, ...], known: tuple[int, ...]) -> tuple[_Flatten, _Flatten]:
    """Return what makes images of ``shape``, and what makes the known ones, flat rows of one length.

    Raises:
        ValueError: no image has such a shape.
    """
    size, pixels = math.prod(shape), math.prod(known)
    if not shape or not size:
        raise ValueError("they are single numbers")
    if size == pixels:
        return _flat, _flat
    if size % pixels == 0 and shape[-2:] == known:
        return lambda images: images.reshape(len(images), -1, pixels).mean(axis=1), _flat
    if len(shape) < 2 or min(shape[-2:]) < _GRID:
        raise ValueError(f"their shape is {shape}")
    return lambda images: _shrunk(images.reshape(len(images), -1, *shape[-2:]).mean(axis=1)), _shrunk


def _rows(images: Array, flatten: _Flatten) -> Array:
    """Return images as standardised rows, a piece of them after the other."""
    pieces = np.array_split(images, min(len(images), math.ceil(images.size / _PIECE)))
    return np.concatenate([_standardised(flatten(piece)) for piece in pieces])


def _flat(images: Array) -> Array:
    return images.reshape(len(images), -1)


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
