"""Data sets that a script gives are held against the official ones."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from sheetgrader.graders.failures import Wrong
from sheetgrader.training.evidence.data_sets import (
    Array,
    Splits,
    check_labels,
    check_seed,
    check_test_images,
    check_training_images,
    parts_from,
)
from sheetgrader.training.evidence.small_data import make_small_data

DATA = make_small_data(4, train=120, test=40)
OTHER = make_small_data(5, train=120, test=40)
Pairs = dict[str, tuple[Array | None, Array | None]]


def split(seed: int = 0) -> Pairs:
    """Return a right split: normalised images and their labels."""
    order = np.random.default_rng(seed).permutation(len(DATA.train_labels))
    images = (DATA.train_images[:, None].astype(np.float32) / 255 - 0.286) / 0.353
    labels = DATA.train_labels.astype(np.int64)
    return {
        "train": (images[order[20:]], labels[order[20:]]),
        "validation": (images[order[:20]], labels[order[:20]]),
        "test": (DATA.test_images.astype(np.float32), DATA.test_labels.astype(np.int64)),
    }


def check_all(splits: Splits) -> None:
    check_training_images(splits)
    check_test_images(splits)
    check_labels(splits)


def test_a_right_split_holds() -> None:
    splits = parts_from(split(), DATA)
    check_all(splits)
    check_seed(splits, parts_from(split(), DATA), parts_from(split(1), DATA))


def _change(part: str, change: Callable[[Array, Array], tuple[Array, Array]]) -> Callable[[Pairs], Pairs]:
    def changed(pairs: Pairs) -> Pairs:
        images, labels = pairs[part]
        assert images is not None
        assert labels is not None
        return {**pairs, part: change(images, labels)}

    return changed


MISTAKES = {
    "too few images": (_change("train", lambda x, y: (x[:-3], y[:-3])), "3 of 120 .* are in neither"),
    "an image too often": (
        _change("validation", lambda x, y: (np.concatenate([x, x[:1]]), np.concatenate([y, y[:1]]))),
        "1 of 120 .* occur once too often",
    ),
    "half of the test set": (
        _change("test", lambda x, y: (x[:20], y[:20])),
        "has 20 images, 20 of them official; .* 40",
    ),
    "another test set": (
        _change("test", lambda _, y: (OTHER.test_images, y)),
        "40 of the 40 images of the test set are none of the official ones",
    ),
    "labels of other images": (
        _change("train", lambda x, y: (x, np.roll(y, 1))),
        r"In the train set \d+ of 100 images",
    ),
    "flipped images": (
        _change("train", lambda x, y: (x[..., ::-1], y)),
        "100 of the 100 images of the train set are none",
    ),
    "single numbers": (
        _change("train", lambda x, y: (x.reshape(len(x), -1)[:, 0], y)),
        "are no images: they are single",
    ),
    "images as large as floats go": (_change("train", lambda x, y: (x.astype(float) * 1e300, y)), ""),
    "one colour": (_change("train", lambda x, y: (np.full_like(x, 3e38), y)), "100 of the 100 images .* are none"),
    "no images": (_change("train", lambda x, y: (x[:0], y[:0])), "The train set is empty"),
    "NaN": (_change("train", lambda x, y: (x * np.nan, y)), "hold NaN or infinity"),
    "more labels": (_change("train", lambda x, y: (x[1:], y)), "has 100 labels for other inputs"),
    "labels as floats": (_change("train", lambda x, y: (x, y / 2)), "cannot be read as pairs"),
    "no list": (_change("train", lambda *_: (np.array(1.0), np.array(1))), "cannot be read as pairs"),
    "nothing": (lambda pairs: {**pairs, "test": (None, None)}, "The test set cannot be read as pairs"),
}


@pytest.mark.parametrize(("mistake", "message"), MISTAKES.values(), ids=MISTAKES)
def test_each_mistake_is_told(mistake: Callable[[Pairs], Pairs], message: str) -> None:
    found = ""
    try:
        check_all(parts_from(mistake(split()), DATA))
    except Wrong as wrong:
        found = str(wrong)
    assert re.search(message, found) if message else not found, found


def test_labels_of_equal_images_stand_for_each_other() -> None:
    # Real data have images that occur twice with two labels.
    labels = DATA.train_labels.copy()
    twice = next(number for number, count in parts_from(split(), DATA)["train"].wanted.items() if count > 1)
    labels[twice] = (labels[twice] + 1) % 10
    data = type(DATA)(DATA.name, DATA.train_images, labels, DATA.test_images, DATA.test_labels)
    pairs = split()
    order = np.random.default_rng(0).permutation(len(labels))
    given = {**pairs, "train": (pairs["train"][0], labels[order[20:]].astype(np.int64)),
             "validation": (pairs["validation"][0], labels[order[:20]].astype(np.int64))}  # fmt: skip
    check_labels(parts_from(given, data))


@pytest.mark.parametrize(
    ("again", "other", "message"),
    [(1, 2, "gave two different train sets"), (0, 0, "With another seed the validation set has the same images")],
)
def test_a_split_that_does_not_follow_the_seed_is_told(again: int, other: int, message: str) -> None:
    with pytest.raises(Wrong, match=message):
        check_seed(*(parts_from(split(seed), DATA) for seed in (0, again, other)))
