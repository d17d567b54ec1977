"""Question 6b: training, validation and test set."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from training_runs import PARTS, Part, odd_data, once, recognised, splits

from sheetgrader import Wrong, criterion
from sheetgrader.training.evidence.image_matching import without_duplicates

_SEED = 3
_OTHER_SEED = 4


@once
def parts(script: Any) -> tuple[Part, Part, Part]:
    return splits(script, "odd", _SEED)


def images_of(script: Any, position: int, part: Part) -> Any:
    data = odd_data(script.seed)
    return recognised(part, data.test_images if position == 2 else data.train_images, PARTS[position])


def counted(known: Any) -> Counter[int]:
    """Count official images; equal ones stand for each other."""
    return Counter(without_duplicates(known).tolist())


@criterion(
    "ex6b", weight=1.5, hint="Split a random permutation of the indices into two pieces that together are all of it."
)
def test_training_and_validation_set_are_the_official_training_images(script):
    """Training and validation set share no image, and together they are all official training images."""
    found = Counter(
        index for position in (0, 1) for index in images_of(script, position, parts(script)[position]).tolist()
    )
    wanted = counted(odd_data(script.seed).train_images)
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


@criterion("ex6b", hint="FashionMNIST(root, train=False) is the official test set; take all of it, and nothing else.")
def test_the_test_set_is_the_official_one(script):
    """The test set holds the official test images, all of them and no others."""
    found = Counter(images_of(script, 2, parts(script)[2]).tolist())
    wanted = counted(odd_data(script.seed).test_images)
    if found != wanted:
        raise Wrong(
            f"The test set has {found.total()} images, {(found & wanted).total()} of them official; there are"
            f" {wanted.total()} official ones."
        )


@criterion("ex6b", hint="Index images and classes with the same indices, and never shuffle one without the other.")
def test_images_keep_their_classes(script):
    """Every image comes with its own class."""
    data = odd_data(script.seed)
    for position, part in enumerate(parts(script)):
        official = data.test_labels if position == 2 else data.train_labels
        wrong = int((official[images_of(script, position, part)] != part.labels).sum())
        if wrong:
            raise Wrong(
                f"In the {PARTS[position]} set {wrong} of {len(part.labels)} images come with a class that is not"
                " theirs."
            )


@criterion(
    "ex6b",
    hint=(
        "Draw the permutation from a generator with this seed: torch.randperm(n,"
        " generator=torch.Generator().manual_seed(seed))."
    ),
)
def test_the_split_follows_the_seed(script):
    """The same seed gives the same sets again, another seed another split."""
    first, again, other = parts(script), splits(script, "odd", _SEED), splits(script, "odd", _OTHER_SEED)
    for name, one, two in zip(PARTS, first, again, strict=True):
        if one.inputs.shape != two.inputs.shape or not np.array_equal(one.inputs, two.inputs):
            raise Wrong(f"Called twice with the same seed, load_splits gave two different {name} sets.")
    if set(images_of(script, 1, first[1]).tolist()) == set(images_of(script, 1, other[1]).tolist()):
        raise Wrong("With another seed the validation set has the same images.")
