from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sheetgrader.boundary.fingerprints import fingerprints
from sheetgrader.errors import UsageError
from sheetgrader.training.data import ImageData, idx_file, is_there, read_images
from sheetgrader.training.evidence.small_data import FASHION_MNIST
from sheetgrader.training.plan import DataSize

TEST_LABELS = "t10k-labels-idx1-ubyte"
TRAIN_IMAGES = "train-images-idx3-ubyte"
KEY = bytes(range(32))


@pytest.fixture
def own_root(data_root: Path, tmp_path: Path) -> Path:
    """A copy of the data, to damage."""
    shutil.copytree(data_root, tmp_path / "data")
    return tmp_path / "data"


def _raw(root: Path, name: str) -> Path:
    return root / FASHION_MNIST / "raw" / name


def test_data_are_what_torchvision_reads(data_root: Path, images: ImageData) -> None:
    from sheetgrader.inside import torchvision_operators

    torchvision_operators.install()
    from torchvision.datasets import FashionMNIST

    theirs = FashionMNIST(data_root, train=False)
    assert np.array_equal(theirs.data.numpy(), images.test_images)
    assert np.array_equal(theirs.targets.numpy(), images.test_labels)
    assert images.facts.size is DataSize.SMALL


def test_files_become_the_same_data_again(images: ImageData) -> None:
    again = ImageData.from_files(FASHION_MNIST, images.files())
    assert np.array_equal(again.train_images, images.train_images)
    assert np.array_equal(again.test_labels, images.test_labels)


def test_compressed_files_are_read(own_root: Path, images: ImageData) -> None:
    path = _raw(own_root, TEST_LABELS)
    path.with_name(f"{TEST_LABELS}.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    assert np.array_equal(read_images(own_root, FASHION_MNIST).test_labels, images.test_labels)


def test_half_of_the_test_labels_become_false(images: ImageData) -> None:
    false = images.with_false_test_labels(KEY)
    assert np.sum(false.test_labels != images.test_labels) == len(images.test_labels) // 2
    assert set(false.test_labels) <= set(range(10))
    assert np.array_equal(false.train_labels, images.train_labels)
    assert np.array_equal(false.test_labels, images.with_false_test_labels(KEY).test_labels)
    assert not np.array_equal(false.test_labels, images.with_false_test_labels(KEY[::-1]).test_labels)


def test_labels_are_not_drawn_from_what_can_be_guessed(images: ImageData) -> None:
    with pytest.raises(ValueError, match="16 bytes or more, not 4"):
        images.with_false_test_labels((3).to_bytes(4, "big"))


def _set_label(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"\x0b")


def _make_small(path: Path) -> None:
    """Put images of 8 × 8 pixels into the place of 600 larger ones."""
    path.write_bytes(idx_file(np.zeros((600, 8, 8), np.uint8)))


@pytest.mark.parametrize(
    ("name", "damage", "message"),
    [
        (
            TRAIN_IMAGES,
            lambda path: path.write_bytes(path.read_bytes()[:-100]),
            "bytes by its own header|by its own header",
        ),
        (TRAIN_IMAGES, lambda path: path.write_bytes(b"<html>"), "does not begin as an IDX file"),
        (TRAIN_IMAGES, lambda path: path.write_bytes(b""), "does not begin as an IDX file"),
        (TRAIN_IMAGES, lambda path: path.write_bytes(b"\0\0\x08\x03" + b"\xff" * 12), "by its own header"),
        (TRAIN_IMAGES, _make_small, "images of 8 × 8 pixels"),
        (TRAIN_IMAGES, Path.unlink, "holds no train-images-idx3-ubyte"),
        (TEST_LABELS, _set_label, "labels are 0 to 9"),
        (
            TEST_LABELS,
            lambda path: path.write_bytes(b"\0\0\x08\x01\0\0\0\x01\x01"),
            "does not belong to the images beside it: 200 images, 1 labels",
        ),
        (
            TEST_LABELS,
            lambda path: path.rename(path.with_name("x")) and path.with_name(f"{path.name}.gz").write_bytes(b"gz"),
            "cannot be read",
        ),
    ],
    ids=["cut", "html", "empty", "huge", "size", "missing", "label", "count", "gzip"],
)
def test_damaged_data_are_told_with_their_file(
    own_root: Path, name: str, damage: Callable[[Path], object], message: str
) -> None:
    damage(_raw(own_root, name))
    with pytest.raises(UsageError, match=message) as caught:
        read_images(own_root, FASHION_MNIST)
    assert str(own_root) in str(caught.value)


def test_folders_that_a_download_left_empty_are_no_data(own_root: Path, tmp_path: Path) -> None:
    (tmp_path / FASHION_MNIST / "raw").mkdir(parents=True)
    assert is_there(own_root, FASHION_MNIST)
    assert not is_there(tmp_path, FASHION_MNIST)
    assert not is_there(tmp_path / "nowhere", FASHION_MNIST)


def test_a_fingerprint_stays_when_an_image_is_scaled(images: ImageData) -> None:
    scaled = (images.test_images.astype(np.float32) / 255 - 0.286) / 0.353
    assert np.allclose(fingerprints(scaled[:, None]), fingerprints(images.test_images), atol=1e-5)
    distances = np.linalg.norm(
        fingerprints(images.test_images)[:, None] - fingerprints(images.test_images)[None], axis=2
    )
    np.fill_diagonal(distances, 1.0)
    assert distances.min() > 1e-3


def test_small_inputs_are_their_own_fingerprints() -> None:
    assert np.array_equal(fingerprints(np.array([[1.5], [2.5]])), [[1.5], [2.5]])
