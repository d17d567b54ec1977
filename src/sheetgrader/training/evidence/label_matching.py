"""Holds the classes that a loss pushed examples towards against those that they have in a data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sheetgrader.boundary.fingerprints import SAME_IMAGE, SIZE, fingerprints
from sheetgrader.scripts.records import FirstExamples
from sheetgrader.training.data import CLASSES

Array = np.ndarray[Any, Any]

#: Of fewer of the examples than this share nothing can be said: images that are changed for training are none of the
#: data set's.
_ENOUGH: Final = 0.5


@dataclass(frozen=True)
class TrainedClasses:
    """What the classes were that examples were trained towards."""

    #: Examples that are one image of the data set, and that the loss pushed towards one class.
    compared: int
    #: Those of them whose class is another one in the data set.
    different: int


def compare_classes(examples: FirstExamples, inputs: Array, labels: Array) -> TrainedClasses | None:
    """Return how many examples were trained towards another class than they have in a data set; None where too few of
    them can be told.

    Args:
        examples: what was trained on, a claim by the script's process.
        inputs: of the data set, shape (n, ...).
        labels: its classes, shape (n,).
    """
    from scipy.spatial import KDTree  # it comes with the extra `ml`

    known = np.nan_to_num(fingerprints(inputs))
    if known.shape[1] != SIZE or not len(examples.classes):
        return None
    # Each takes a search of its own: of labels that are no classes there may be as many as images.
    classes = np.intersect1d(labels, np.arange(CLASSES))
    if not len(classes):
        return None
    distances = np.stack([KDTree(known[labels == label]).query(examples.fingerprints)[0] for label in classes])
    is_near = distances < SAME_IMAGE
    # An image that the data set has in two classes tells nothing.
    is_told = (is_near.sum(axis=0) == 1) & (examples.classes >= 0)
    compared = int(is_told.sum())
    if compared < _ENOUGH * len(examples.classes):
        return None
    own = classes[is_near.argmax(axis=0)]
    return TrainedClasses(compared, int((own != examples.classes)[is_told].sum()))
