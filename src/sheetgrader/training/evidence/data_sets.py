"""Holds the data sets that a script gives against the official images and labels that they are to consist of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sheetgrader.boundary.trainings import PARTS
from sheetgrader.graders.failures import Wrong
from sheetgrader.training.data import ImageData
from sheetgrader.training.evidence.image_matching import SURE, nearest, without_duplicates

Array = np.ndarray[Any, np.dtype[Any]]
Splits = Mapping[str, "Part"]


@dataclass(frozen=True)
class Part:
    """One of the three sets as ``load_splits`` gives it; equal images stand for each other."""

    name: str
    inputs: Array
    labels: Array
    official_images: Array
    #: Those that the script is given.
    official_labels: Array

    @property
    def images(self) -> Array:
        """Which of the official images it consists of, the first of equal ones.

        Raises:
            Wrong: it holds anything else.
        """
        try:
            found, sure = self._nearest
        except ValueError as error:
            raise Wrong(f"The inputs x of the {self.name} set are no images: {error}.") from None
        strange = int((sure < SURE).sum())
        if strange:
            raise Wrong(
                f"{strange} of the {len(found)} images of the {self.name} set are none of the official ones it is to"
                " consist of."
            )
        return found

    @cached_property
    def _nearest(self) -> tuple[Array, Array]:
        return nearest(self.inputs, self.official_images)

    @cached_property
    def _first(self) -> Array:
        """For each official image the first that equals it."""
        return without_duplicates(self.official_images)

    @property
    def wanted(self) -> Counter[int]:
        """How often there is each of the official images."""
        return Counter(self._first.tolist())

    @property
    def other_labels(self) -> int:
        """How many images come with a label that is not theirs."""
        known = set(zip(self._first.tolist(), self.official_labels.tolist(), strict=True))
        return sum(pair not in known for pair in zip(self.images.tolist(), self.labels.tolist(), strict=True))


def parts_from(arrays: Mapping[str, tuple[Array | None, Array | None]], data: ImageData) -> Splits:
    """Return the data sets that ``load_splits`` gave when it was given ``data``.

    Args:
        arrays: inputs and labels of each, whatever the script's process says they are.
        data: what the script was given.

    Raises:
        Wrong: one is empty, or no pairs of numbers and a class.
    """
    found = {}
    for name in PARTS:
        inputs, labels = arrays[name]
        if inputs is None or labels is None or labels.dtype.kind not in "iu" or labels.ndim != 1:
            raise Wrong(f"The {name} set cannot be read as pairs (x, y).")
        if labels.shape != inputs.shape[:1]:
            raise Wrong(f"The {name} set has {len(labels)} labels for other inputs.")
        if not len(labels):
            raise Wrong(f"The {name} set is empty.")
        if not np.isfinite(inputs).all():
            raise Wrong(f"Some images of the {name} set hold NaN or infinity.")
        official = (data.test_images, data.test_labels) if name == "test" else (data.train_images, data.train_labels)
        found[name] = Part(name, inputs, labels, *official)
    return found


def check_training_images(splits: Splits) -> None:
    """Check that training and validation set share no image and are together all official training images.

    Raises:
        Wrong: they are not.
    """
    found = Counter(index for name in ("train", "validation") for index in splits[name].images.tolist())
    wanted = splits["train"].wanted
    twice, missing = (found - wanted).total(), (wanted - found).total()
    if twice:
        raise Wrong(
            f"{twice} of {wanted.total()} official training images occur once too often in training and validation set"
            " together."
        )
    if missing:
        raise Wrong(
            f"{missing} of {wanted.total()} official training images are in neither the training nor the validation"
            " set."
        )


def check_test_images(splits: Splits) -> None:
    """Check that the test set holds the official test images, all of them and no others.

    Raises:
        Wrong: it does not.
    """
    found, wanted = Counter(splits["test"].images.tolist()), splits["test"].wanted
    if found != wanted:
        raise Wrong(
            f"The test set has {found.total()} images, {(found & wanted).total()} of them official; there are"
            f" {wanted.total()} official ones."
        )


def check_labels(splits: Splits) -> None:
    """Check that every image comes with its own label.

    Raises:
        Wrong: one does not.
    """
    for part in splits.values():
        wrong = part.other_labels
        if wrong:
            raise Wrong(
                f"In the {part.name} set {wrong} of {len(part.labels)} images come with a class that is not theirs."
            )


def check_seed(first: Splits, again: Splits, other: Splits) -> None:
    """Check that the same seed gave the same sets again, and another seed another split.

    Raises:
        Wrong: it did not.
    """
    for name in PARTS:
        if not np.array_equal(first[name].inputs, again[name].inputs):
            raise Wrong(f"Called twice with the same seed, load_splits gave two different {name} sets.")
    if set(first["validation"].images.tolist()) == set(other["validation"].images.tolist()):
        raise Wrong("With another seed the validation set has the same images.")
