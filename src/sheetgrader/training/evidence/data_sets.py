"""Holds the data sets that a script gives against the official images and labels that they are to consist of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.boundary.trainings import INPUTS, LABELS, LOAD_SPLITS, PARTS
from sheetgrader.graders.failures import Wrong
from sheetgrader.scripts.run import ScriptRun
from sheetgrader.training.data import ImageData
from sheetgrader.training.evidence.image_matching import SURE, nearest, without_duplicates
from sheetgrader.training.evidence.reading import Array, array_of, value_of

#: A set of more images than this times the official ones is not looked at: matching them would take hours. Smaller ones
#: are, to tell what is wrong with them: with all training images as its test set, MNIST's is six times too large.
_MOST_TIMES: Final = 8
#: Numbers in an image: more than networks for photographs are given.
_LARGEST_IMAGE: Final = 1 << 20

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


def splits_of(run: ScriptRun, call: int, data: ImageData) -> Splits:
    """Return the data sets that ``load_splits`` gave when it was given ``data``.

    Raises:
        StudentError: it gave none.
        Wrong: they are not three sets of pairs of finite numbers and a class.
    """
    count = value_of(run, str(call), f"{LOAD_SPLITS} raised")
    if count != len(PARTS):
        raise Wrong(f"load_splits returned {plain_text(str(count), 20)} data sets: three were asked for.")
    found = {}
    for name in PARTS:
        inputs, labels = array_of(run, call, name, INPUTS), array_of(run, call, name, LABELS)
        if inputs is None or labels is None or labels.ndim != 1 or labels.shape != inputs.shape[:1]:
            raise Wrong(f"The {name} set cannot be read as pairs (x, y).")
        if not len(labels):
            raise Wrong(f"The {name} set is empty.")
        official = official_part(data, name)
        check_number(name, len(labels), len(official[1]))
        if inputs[0].size > _LARGEST_IMAGE:
            raise Wrong(
                f"An image of the {name} set has {inputs[0].size:,} numbers: {_LARGEST_IMAGE:,} at most are read."
            )
        if not np.isfinite(inputs).all():
            raise Wrong(f"Some images of the {name} set hold NaN or infinity.")
        found[name] = Part(name, inputs, labels, *official)
    return found


def official_part(data: ImageData, name: str) -> tuple[Array, Array]:
    """Return the images and labels that a part is to consist of."""
    return (data.test_images, data.test_labels) if name == "test" else (data.train_images, data.train_labels)


def check_number(name: str, count: int, official: int) -> None:
    """Raise where a set has so many images that looking at them would cost too much.

    Raises:
        Wrong: there are far more than official ones.
    """
    if count > _MOST_TIMES * official:
        raise Wrong(f"The {name} set has {count:,} images; it is to consist of {official:,} official ones at most.")
