"""A small generated data set in the layout of MNIST and Fashion-MNIST, for where the real ones cannot be downloaded or
would take too long.

Ten classes, each with a few smooth patterns of its own; an image is one of its class's patterns, moved a little, with a
brightness of its own and noise. A linear model gets most of it right, and every sensible training gets far above chance
within a few epochs. One that learns patterns without their classes stays near chance: with one pattern a class it would
hit some of ten classes by luck.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import numpy as np

from sheetgrader.training.data import CLASSES, SIDE, ImageData

Images = np.ndarray[Any, np.dtype[np.uint8]]

#: The folders that torchvision's data sets look into.
FASHION_MNIST: Final = "FashionMNIST"
MNIST: Final = "MNIST"

_PATTERNS: Final = 3
_COARSE_SIDE: Final = 7
_FARTHEST_MOVE: Final = 1
_CONTRAST: Final = 4.0
_NOISE: Final = 25.0
_DUPLICATES: Final = 3


def make_small_data(seed: int, *, train: int = 2000, test: int = 400) -> ImageData:
    """Return a data set that follows from ``seed``.

    Some training images occur twice, as in real data. No class has quite as many images as another.

    Args:
        seed: decides patterns, classes and noise.
        train: images in the training set, at least 10.
        test: images in the test set.
    """
    rng = np.random.default_rng(seed)
    patterns = _patterns(rng)
    labels = rng.integers(CLASSES, size=train + test)
    images = np.stack([_image(patterns[label, rng.integers(_PATTERNS)], rng) for label in labels])
    images[1 : 1 + _DUPLICATES], labels[1 : 1 + _DUPLICATES] = images[0], labels[0]
    order = rng.permutation(train)
    classes = labels.astype(np.uint8)
    return ImageData(FASHION_MNIST, images[order], classes[order], images[train:], classes[train:])


def _patterns(rng: np.random.Generator) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return smooth patterns, shape (classes, patterns, height, width), between 0 and 1, with room to move."""
    side = SIDE + 2 * _FARTHEST_MOVE
    coarse = rng.uniform(size=(CLASSES * _PATTERNS, _COARSE_SIDE, _COARSE_SIDE))
    place = np.linspace(0, _COARSE_SIDE - 1, side)
    low = np.minimum(place.astype(int), _COARSE_SIDE - 2)
    part = place - low
    rows = coarse[:, low] * (1 - part)[None, :, None] + coarse[:, low + 1] * part[None, :, None]
    fine = rows[:, :, low] * (1 - part) + rows[:, :, low + 1] * part
    # Stretched, so that dark and bright parts stand out.
    patterns: np.ndarray[Any, np.dtype[np.float64]] = np.clip(_CONTRAST * (fine - 0.5) + 0.5, 0, 1)
    return patterns.reshape(CLASSES, _PATTERNS, side, side)


def _image(pattern: np.ndarray[Any, np.dtype[np.float64]], rng: np.random.Generator) -> Images:
    down, right = rng.integers(2 * _FARTHEST_MOVE + 1, size=2)
    moved = pattern[down : down + SIDE, right : right + SIDE]
    bright = rng.uniform(0.6, 1.0) * 255 * moved + rng.normal(scale=_NOISE, size=moved.shape)
    return np.clip(bright, 0, 255).astype(np.uint8)


if __name__ == "__main__":
    generated = make_small_data(0)
    for data_set in (MNIST, FASHION_MNIST):
        generated.write(Path(sys.argv[1]), name=data_set)
