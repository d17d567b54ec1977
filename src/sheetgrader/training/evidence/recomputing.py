"""Accuracies computed on the trusted side: a saved model's answers against labels that its process never saw."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.lib import format as npy

from sheetgrader.boundary import untrusted_json
from sheetgrader.boundary.fingerprints import SAME_IMAGE, fingerprints
from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.boundary.trainings import ANSWER, KINDS, PARTS
from sheetgrader.training.data import CLASSES, ImageData

Array = np.ndarray[Any, np.dtype[Any]]

#: The script that opens a checkpoint where students' code runs; the sandbox has it among its own modules.
SCRIPT: Final = "open_checkpoint.py"
SCRIPT_TEXT: Final = b"import sys\n\nfrom sheetgrader.inside.checkpoint_run import main\n\nmain(*sys.argv[1:])\n"


@dataclass(frozen=True)
class Answers:
    """What a checkpoint held and its model answered; a claim by the process that opened it."""

    #: What was wrong, as a sentence; empty where nothing was.
    problem: str = ""
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    #: By part of the data and kind, arrays with one row an input; empty where the model was not asked.
    arrays: Mapping[tuple[str, str], Array] = field(default_factory=dict)

    @property
    def weight_matrices(self) -> int:
        """How many tensors are matrices or higher: layers that mix their inputs."""
        return sum(len(shape) > 1 for shape in self.shapes.values())


@dataclass(frozen=True)
class Recomputed:
    """Accuracies of a model, by part of the data."""

    accuracies: Mapping[str, float]
    #: How many images each part has.
    counts: Mapping[str, int]
    #: Share of the test images that got the false label the script was given for it.
    on_false_labels: float
    #: Share of the labels in training and validation set that are not those of their images.
    wrong_labels: float
    #: Share of images that are none of the data set's, whatever their brightness and contrast.
    unknown_images: float
    #: Share of the official test images that the test set holds.
    official_test_share: float

    #: What always naming the most frequent class would reach on the test set.
    best_constant: float


def read_answers(files: Mapping[str, bytes]) -> Answers:
    """Read what :mod:`sheetgrader.inside.checkpoint_run` left, whatever it is."""
    try:
        content = untrusted_json.read(files[ANSWER])
        shapes = {plain_text(name): tuple(int(size) for size in shape) for name, shape in content["shapes"].items()}
        problem = plain_text(content["problem"])
        arrays = {
            (part, kind): _load(files[f"{part}_{kind}.npy"])
            for part in PARTS
            for kind in KINDS
            if f"{part}_{kind}.npy" in files
        }
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return Answers(problem="model.pt could not be opened: what came back makes no sense")
    return Answers(problem, shapes, arrays)


def _load(content: bytes) -> Array:
    """Read an array, not an archive of some, whose declared size is that of its bytes.

    Raises:
        ValueError: it is anything else.
    """
    stream = io.BytesIO(content)
    try:
        version = npy.read_magic(stream)
        read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[version]
        shape, is_fortran, kind = read_header(stream)
    except Exception:  # noqa: BLE001  # NumPy evaluates a header as Python, which fails in many ways
        raise ValueError("no array") from None
    if kind.hasobject or kind.itemsize * math.prod(shape) != len(content) - stream.tell():
        raise ValueError("an array of another size than it says")
    return np.frombuffer(content, kind, offset=stream.tell()).reshape(shape, order="F" if is_fortran else "C")


def recompute(answers: Answers, true: ImageData, given: ImageData) -> Recomputed:
    """Compute accuracies from a model's answers.

    Args:
        answers: of the model, on the data sets of its script.
        true: the data with their true labels.
        given: the data that the script had, with false test labels.

    Raises:
        ValueError: the answers are not those of a classifier on images of this size.
    """
    from scipy.spatial import KDTree  # it comes with the extra `ml`

    tree = KDTree(np.concatenate([fingerprints(true.train_images), fingerprints(true.test_images)]))
    true_labels = np.concatenate([true.train_labels, true.test_labels])
    given_labels = np.concatenate([given.train_labels, given.test_labels])
    accuracies, counts = {}, {}
    wrong = unknown = labelled = 0
    on_false, test_share = 0.0, 0.0
    for part in PARTS:
        predictions, labels, inputs = (_array(answers, part, kind) for kind in KINDS)
        if (
            inputs.ndim != 2
            or inputs.shape[1] != tree.m
            or not len(predictions) == len(labels) == len(inputs)
            or not len(inputs)
        ):
            raise ValueError(f"the {part} set is empty, or its images are no images of this data set")
        if len(inputs) > len(true_labels):
            raise ValueError(f"the {part} set has more images than the data set")
        distances, found = tree.query(np.nan_to_num(inputs, nan=1e9, posinf=1e9, neginf=-1e9))
        known = distances < SAME_IMAGE
        unknown += int((~known).sum())
        counts[part] = len(inputs)
        accuracies[part] = float((predictions == true_labels[found])[known].mean()) if known.any() else 0.0
        if part == "test":
            on_false = float((predictions == given_labels[found])[known].mean()) if known.any() else 0.0
            official = np.unique(found[known & (found >= len(true.train_labels))])
            test_share = len(official) / len(np.unique(tree.query(fingerprints(true.test_images))[1]))
        else:
            wrong += int((labels != true_labels[found])[known].sum())
            labelled += int(known.sum())
    return Recomputed(
        accuracies=accuracies,
        counts=counts,
        on_false_labels=on_false,
        wrong_labels=wrong / max(1, labelled),
        unknown_images=unknown / sum(counts.values()),
        official_test_share=test_share,
        best_constant=float(np.bincount(true.test_labels, minlength=CLASSES).max() / len(true.test_labels)),
    )


def _array(answers: Answers, part: str, kind: str) -> Array:
    array = answers.arrays.get((part, kind))
    if array is None or array.dtype.kind not in "iuf" or (kind != "inputs" and array.ndim != 1):
        raise ValueError(f"there are no {kind} for the {part} set")
    return array
