"""Data sets of images in torchvision's folder layout: found, checked, and given to scripts with test labels that help nobody to cheat."""

from __future__ import annotations

import gzip
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from sheetgrader.errors import UsageError
from sheetgrader.training.outcomes import DataFacts
from sheetgrader.training.plan import DataSize

Bytes = np.ndarray[Any, np.dtype[np.uint8]]

CLASSES: Final = 10
#: Images that the training sets of MNIST and Fashion-MNIST have; fewer are a small data set.
OFFICIAL_IMAGES: Final = 60_000

_FILES: Final = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
_UNSIGNED_BYTES: Final = 8


@dataclass(frozen=True)
class ImageData:
    """The images (n, 28, 28) and classes (n,) of one data set."""

    name: str
    train_images: Bytes
    train_labels: Bytes
    test_images: Bytes
    test_labels: Bytes

    @property
    def facts(self) -> DataFacts:
        """What a report says of it."""
        size = DataSize.OFFICIAL if len(self.train_labels) >= OFFICIAL_IMAGES else DataSize.SMALL
        return DataFacts(name=self.name, size=size, train=len(self.train_labels), test=len(self.test_labels))

    def with_false_test_labels(self, seed: int) -> ImageData:
        """Return the same with test labels drawn at random, none of them right.

        A network that reaches more than a few per cent on them was trained on them.
        """
        shift = np.random.default_rng(seed).integers(1, CLASSES, size=len(self.test_labels))
        false = ((self.test_labels + shift) % CLASSES).astype(np.uint8)
        return ImageData(self.name, self.train_images, self.train_labels, self.test_images, false)

    def files(self) -> dict[str, bytes]:
        """Return the files that torchvision reads, by path below the data's root."""
        arrays = (self.train_images, self.train_labels, self.test_images, self.test_labels)
        return {f"{self.name}/raw/{name}": _as_idx(array) for name, array in zip(_FILES, arrays, strict=True)}


def read_images(root: Path, name: str) -> ImageData:
    """Read the data set ``name`` below ``root``.

    Raises:
        UsageError: a file is missing or damaged.
    """
    folder = root / name / "raw"
    arrays = [_read_idx(folder, file) for file in _FILES]
    for images, labels, which in ((arrays[0], arrays[1], _FILES[1]), (arrays[2], arrays[3], _FILES[3])):
        if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels):
            raise UsageError(f"{folder / which} does not belong to the images beside it: {len(images)} images, {len(labels)} labels; {_WAY_OUT}")
        if len(labels) == 0 or labels.max() >= CLASSES:
            raise UsageError(f"{folder / which} is damaged: labels are 0 to {CLASSES - 1}, and there is at least one; {_WAY_OUT}")
    return ImageData(name, *arrays)


_WAY_OUT: Final = "remove the folder and let torchvision download it again, or name another root with --data DIR"


def _read_idx(folder: Path, name: str) -> Bytes:
    path = folder / name
    try:
        if path.is_file():
            content = path.read_bytes()
        else:
            path = folder / f"{name}.gz"
            content = gzip.decompress(path.read_bytes())
    except FileNotFoundError:
        raise UsageError(f"{folder} holds no {name}; name the folder that torchvision downloaded to with --data DIR") from None
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{path} cannot be read ({error}); {_WAY_OUT}") from None
    zeros, kind, dimensions = struct.unpack_from(">HBB", content) if len(content) >= 4 else (1, 0, 0)
    header = 4 + 4 * dimensions
    if zeros != 0 or kind != _UNSIGNED_BYTES or not 1 <= dimensions <= 3 or len(content) < header:
        raise UsageError(f"{path} is damaged: it does not begin as an IDX file of bytes does; {_WAY_OUT}")
    shape = struct.unpack_from(f">{dimensions}I", content, 4)
    expected = header + int(np.prod(shape, dtype=object))
    if len(content) != expected:
        raise UsageError(f"{path} is damaged: it has {len(content):,} bytes, and {expected:,} by its own header; {_WAY_OUT}")
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def _as_idx(array: Bytes) -> bytes:
    return struct.pack(">HBB", 0, _UNSIGNED_BYTES, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()
