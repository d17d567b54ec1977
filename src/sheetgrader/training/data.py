"""Data sets of images in torchvision's folder layout: found, checked, and given to scripts with test labels that help
nobody to cheat.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np

from sheetgrader.errors import UsageError
from sheetgrader.graders.drawing import number_for
from sheetgrader.training.evidence.false_labels import with_false_labels
from sheetgrader.training.outcomes import DataFacts
from sheetgrader.training.plan import DataSize

Bytes = np.ndarray[Any, np.dtype[np.uint8]]

SIDE: Final = 28
CLASSES: Final = 10
#: Images that the training sets of MNIST and Fashion-MNIST have; fewer are a small data set.
OFFICIAL_IMAGES: Final = 60_000

_FILES: Final = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
_UNSIGNED_BYTES: Final = 8
_KEY_BYTES: Final = 16


@dataclass(frozen=True)
class ImageData:
    """The images (n, 28, 28) and classes (n,) of one data set."""

    name: str
    train_images: Bytes
    train_labels: Bytes
    test_images: Bytes
    test_labels: Bytes

    @classmethod
    def from_files(cls, name: str, files: Mapping[str, bytes], root: Path = Path()) -> ImageData:
        """Return the data set that :meth:`files` gave; ``root`` is for sentences.

        Raises:
            UsageError: a file is damaged.
        """
        folder = root / name / "raw"
        arrays = [_parse_idx(files[f"{name}/raw/{file}"], folder / file) for file in _FILES]
        for images, labels, which in ((arrays[0], arrays[1], _FILES[1]), (arrays[2], arrays[3], _FILES[3])):
            if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels):
                raise UsageError(
                    f"{folder / which} does not belong to the images beside it: {len(images)} images, {len(labels)}"
                    f" labels; {_WAY_OUT}"
                )
            if images.shape[1:] != (SIDE, SIDE):
                raise UsageError(
                    f"{folder} holds images of {images.shape[1]} × {images.shape[2]} pixels, and those of {name} have"
                    f" {SIDE} × {SIDE}; {_WAY_OUT}"
                )
            if len(labels) == 0 or labels.max() >= CLASSES:
                raise UsageError(
                    f"{folder / which} is damaged: labels are 0 to {CLASSES - 1}, and there is at least one; {_WAY_OUT}"
                )
        return cls(name, *arrays)

    @property
    def facts(self) -> DataFacts:
        """What a report says of it."""
        size = DataSize.OFFICIAL if len(self.train_labels) >= OFFICIAL_IMAGES else DataSize.SMALL
        return DataFacts(name=self.name, size=size, train=len(self.train_labels), test=len(self.test_labels))

    def with_false_test_labels(self, key: bytes) -> ImageData:
        """Return the same with false labels, drawn at random, for half of the test images.

        Only training on the test set would make a model prefer them. Whoever knows ``key`` can tell the true labels:
        no script may see it, or anything that it follows from.

        Raises:
            ValueError: the key could be guessed.
        """
        if len(key) < _KEY_BYTES:
            raise ValueError(f"false labels are drawn from a key of {_KEY_BYTES} bytes or more, not {len(key)}")
        rng = np.random.default_rng(number_for(key, "false labels"))
        chosen = rng.permutation(len(self.test_labels))[: len(self.test_labels) // 2]
        return replace(self, test_labels=with_false_labels(self.test_labels, chosen, CLASSES, rng))

    def files(self, folder: str = "", *, name: str = "") -> dict[str, bytes]:
        """Return the files that ``torchvision.datasets`` expects in ``folder``, by relative path.

        Args:
            folder: what the data set is given as its root.
            name: of another data set in whose place these are to stand.
        """
        arrays = (self.train_images, self.train_labels, self.test_images, self.test_labels)
        place = PurePosixPath(folder, name or self.name, "raw")
        return {str(place / file): idx_file(array) for file, array in zip(_FILES, arrays, strict=True)}

    def write(self, root: Path, *, name: str = "") -> None:
        """Write those files below ``root``."""
        for path, content in self.files(name=name).items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)


def idx_file(array: Bytes) -> bytes:
    """Return ``array`` as a file in the IDX format of http://yann.lecun.com/exdb/mnist/: big-endian sizes, then the
    bytes.
    """
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return (
        struct.pack(">HBB", 0, _UNSIGNED_BYTES, array.ndim)
        + sizes
        + np.ascontiguousarray(array, dtype=np.uint8).tobytes()
    )


_WAY_OUT: Final = "remove the folder and let torchvision download it again, or name another root with --data DIR"


def read_images(root: Path, name: str) -> ImageData:
    """Read the data set ``name`` below ``root``; files may be compressed.

    Raises:
        UsageError: a file is missing or damaged.
    """
    return ImageData.from_files(
        name, {f"{name}/raw/{file}": _read(root / name / "raw" / file) for file in _FILES}, root
    )


def is_there(root: Path, name: str) -> bool:
    """Say whether any file of the data set ``name`` is below ``root``: then nothing is to be downloaded over it."""
    return any(path.exists() for file in _FILES for path in _places(root / name / "raw" / file))


def _places(path: Path) -> tuple[Path, Path]:
    return path, path.with_name(f"{path.name}.gz")


def _read(path: Path) -> bytes:
    plain, compressed = _places(path)
    path = plain if plain.is_file() else compressed
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except FileNotFoundError:
        raise UsageError(
            f"{path.parent} holds no {plain.name}; name the folder that torchvision downloaded to with --data DIR, "
            "or remove what is left of a broken download"
        ) from None
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{path} cannot be read ({error}); {_WAY_OUT}") from None


def _parse_idx(content: bytes, path: Path) -> Bytes:
    zeros, kind, dimensions = struct.unpack_from(">HBB", content) if len(content) >= 4 else (1, 0, 0)
    header = 4 + 4 * dimensions
    if zeros != 0 or kind != _UNSIGNED_BYTES or not 1 <= dimensions <= 3 or len(content) < header:
        raise UsageError(f"{path} is damaged: it does not begin as an IDX file of bytes does; {_WAY_OUT}")
    shape = struct.unpack_from(f">{dimensions}I", content, 4)
    expected = header + math.prod(shape)
    if len(content) != expected:
        raise UsageError(
            f"{path} is damaged: it has {len(content):,} bytes, and {expected:,} by its own header; {_WAY_OUT}"
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)
