from __future__ import annotations

import numpy as np
import pytest
import torch

from sheetgrader.training.evidence import image_matching
from sheetgrader.training.evidence.image_matching import SURE, nearest, without_duplicates
from sheetgrader.training.evidence.small_data import make_small_data

KNOWN = make_small_data(1, train=120, test=10).train_images
ORDER = np.random.default_rng(2).permutation(120)[:50]


@pytest.mark.parametrize(
    "transform",
    [
        lambda images: images / 255,
        lambda images: (images / 255 - 0.286) / 0.353,
        lambda images: images.reshape(-1, 784).astype(np.float32),
        lambda images: images[:, None] / 127.5 - 1,
        lambda images: np.repeat(images[:, None], 3, axis=1),
        lambda images: np.pad(images, ((0, 0), (2, 2), (2, 2)))[:, 2:-2, 2:-2],
    ],
)
def test_transformed_images_are_recognised(transform):
    found, sure = nearest(transform(KNOWN[ORDER]), KNOWN)
    assert np.array_equal(found, without_duplicates(KNOWN)[ORDER])
    assert sure.min() > SURE


@pytest.mark.parametrize(("size", "mode"), [(56, "nearest"), (64, "bilinear"), (32, "bilinear"), (20, "area")])
def test_an_image_of_another_size_is_recognised(size, mode):
    images = torch.nn.functional.interpolate(
        torch.from_numpy(KNOWN[ORDER])[:, None].float() / 255, size=(size, size), mode=mode
    )
    found, sure = nearest(images.numpy(), KNOWN)
    assert np.array_equal(found, without_duplicates(KNOWN)[ORDER])
    assert sure.min() > SURE


def test_other_images_are_not_taken_for_known_ones():
    other = make_small_data(9, train=40, test=10).train_images
    _, sure = nearest(other, KNOWN)
    assert sure.max() < SURE
    _, sure = nearest(np.zeros((3, 28, 28)), KNOWN)
    assert sure.max() == 0


@pytest.mark.parametrize("images", [np.zeros(5), np.zeros((5, 10)), np.zeros((5, 1, 7, 7)), np.zeros((5, 0))])
def test_what_is_no_image_is_refused(images):
    with pytest.raises(ValueError, match=r"they are single numbers|their shape is"):
        nearest(images, KNOWN)


def test_equal_images_count_as_the_first_of_them():
    known = np.array([[[1, 2]], [[3, 4]], [[1, 2]]])
    assert without_duplicates(known).tolist() == [0, 1, 0]


def test_images_in_several_pieces_are_recognised(monkeypatch):
    monkeypatch.setattr(image_matching, "_PIECE", 5000)
    for images in (KNOWN[ORDER], np.repeat(np.repeat(KNOWN[ORDER], 2, axis=1), 2, axis=2)[:, None]):
        found, sure = nearest(images, KNOWN)
        assert np.array_equal(found, without_duplicates(KNOWN)[ORDER])
        assert sure.min() > SURE
