"""A small generated data set in the layout of MNIST and Fashion-MNIST, for where the real ones cannot be downloaded or
would take too long.

Ten classes, each with a few smooth patterns of its own; an image is one of its class's patterns, moved a little, with a
brightness of its own and noise. A linear model gets most of it right, and every sensible training gets far above chance
within a few epochs. One that learns patterns without their classes stays near chance: with one pattern a class it would
hit some of ten classes by luck.
"""

from __future__ import annotations

import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

Images = np.ndarray[Any, np.dtype[np.uint8]]

SIDE: Final = 28
CLASSES: Final = 10
#: The folders that torchvision's data sets look into.
FASHION_MNIST: Final = "FashionMNIST"
MNIST: Final = "MNIST"

_PATTERNS: Final = 3
_COARSE_SIDE: Final = 7
_FARTHEST_MOVE: Final = 1
_CONTRAST: Final = 4.0
_NOISE: Final = 25.0
_DUPLICATES: Final = 3
_UNSIGNED_BYTES: Final = 8


@dataclass(frozen=True)
class SmallData:
    """Images (n, 28, 28) and classes (n,) of the official training and test set."""

    train_images: Images
    train_labels: Images
    test_images: Images
    test_labels: Images

    def files(self, folder: str = "data", *, name: str = FASHION_MNIST) -> dict[str, bytes]:
        """Return the files that ``torchvision.datasets`` expects in ``folder``, by relative path.

        Args:
            folder: what the data set is given as its root.
            name: :data:`FASHION_MNIST` or :data:`MNIST`.
        """
        parts = (("train", self.train_images, self.train_labels), ("t10k", self.test_images, self.test_labels))
        return {
            f"{folder}/{name}/raw/{part}-{kind}-ubyte": idx_file(array)
            for part, images, labels in parts
            for kind, array in (("images-idx3", images), ("labels-idx1", labels))
        }

    def write(self, root: Path, *, name: str = FASHION_MNIST) -> None:
        """Write those files below ``root``."""
        for path, content in self.files(".", name=name).items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)


def make_small_data(seed: int, *, train: int = 2000, test: int = 400) -> SmallData:
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
    return SmallData(images[order], labels[order].astype(np.uint8), images[train:], labels[train:].astype(np.uint8))


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


def idx_file(array: Images) -> bytes:
    """Return ``array`` as a file in the IDX format of http://yann.lecun.com/exdb/mnist/: big-endian sizes, then the
    bytes.
    """
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return (
        struct.pack(">HBB", 0, _UNSIGNED_BYTES, array.ndim)
        + sizes
        + np.ascontiguousarray(array, dtype=np.uint8).tobytes()
    )


if __name__ == "__main__":
    generated = make_small_data(0)
    for data_set in (MNIST, FASHION_MNIST):
        generated.write(Path(sys.argv[1]), name=data_set)
