from __future__ import annotations

import numpy as np
import pytest

from sheetgrader.boundary.fingerprints import SIZE, fingerprints
from sheetgrader.boundary.trainings import NO_CLASS
from sheetgrader.scripts.records import FirstExamples
from sheetgrader.training.data import CLASSES
from sheetgrader.training.evidence.label_matching import TrainedClasses, compare_classes
from sheetgrader.training.evidence.small_data import make_small_data

DATA = make_small_data(3, train=300, test=10)
IMAGES = ((DATA.train_images / 255 - 0.286) / 0.353).astype(np.float32)
LABELS = DATA.train_labels.astype(np.int64)
ORDER = np.random.default_rng(0).permutation(len(LABELS))


def seen(images: np.ndarray, classes: np.ndarray) -> FirstExamples:
    return FirstExamples(fingerprints(images), classes.astype(np.int32))


@pytest.mark.parametrize(
    "given",
    [IMAGES[:, None], IMAGES.reshape(len(IMAGES), -1), IMAGES.astype(np.float64), DATA.train_images],
    ids=["with a channel", "flat", "double precision", "not normalised"],
)
def test_examples_are_found_whatever_form_they_have(given):
    examples = seen(given[ORDER], LABELS[ORDER])
    assert compare_classes(examples, IMAGES, LABELS) == TrainedClasses(len(LABELS), 0)


def test_other_classes_are_counted():
    classes = LABELS[ORDER].copy()
    classes[:100] = (classes[:100] + 1) % CLASSES
    assert compare_classes(seen(IMAGES[ORDER], classes), IMAGES, LABELS) == TrainedClasses(len(LABELS), 100)


def test_images_that_were_changed_say_nothing():
    flipped = IMAGES[:, :, ::-1]
    classes = (LABELS + 1) % CLASSES
    assert compare_classes(seen(flipped, classes), IMAGES, LABELS) is None
    # Of those that happen to stay as they are it can be said.
    some = np.where(np.arange(len(LABELS))[:, None, None] < 200, IMAGES, flipped)
    assert compare_classes(seen(some, LABELS), IMAGES, LABELS) == TrainedClasses(200, 0)


def test_losses_that_tell_no_class_say_nothing():
    assert compare_classes(seen(IMAGES, np.full(len(LABELS), NO_CLASS)), IMAGES, LABELS) is None
    assert (
        compare_classes(FirstExamples(np.zeros((0, SIZE), np.float32), np.zeros(0, np.int32)), IMAGES, LABELS) is None
    )


def test_an_image_that_comes_in_two_classes_says_nothing():
    images, labels = np.concatenate([IMAGES, IMAGES[:40]]), np.concatenate([LABELS, (LABELS[:40] + 1) % CLASSES])
    found = compare_classes(seen(IMAGES, LABELS), images, labels)
    assert found is not None
    assert found.compared <= len(LABELS) - 40
    assert found.different == 0


@pytest.mark.parametrize("value", [0.0, 1e308, -1e308, np.inf, np.nan])
def test_no_data_set_stops_it(value):
    assert compare_classes(seen(IMAGES, LABELS), np.full_like(IMAGES, value, dtype=np.float64), LABELS) is None


def test_inputs_of_few_numbers_are_no_images():
    assert compare_classes(seen(IMAGES, LABELS), np.ones((300, 2)), LABELS) is None
    assert compare_classes(seen(IMAGES, LABELS), np.full((300, SIZE), 1e308), LABELS) is None


def test_labels_that_are_no_classes_are_searched_for_by_nobody():
    # One of each would take a search for every image.
    labels = np.arange(len(LABELS)) + CLASSES
    assert compare_classes(seen(IMAGES, LABELS), IMAGES, labels) is None
    some = np.where(np.arange(len(LABELS)) < 200, LABELS, labels)
    assert compare_classes(seen(IMAGES, LABELS), IMAGES, some) == TrainedClasses(200, 0)
