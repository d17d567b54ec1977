"""Question 6b: training, validation and test set."""

from __future__ import annotations

from training_runs import check

from sheetgrader import criterion
from sheetgrader.training.evidence import rules


@criterion(
    "ex6b", weight=1.5, hint="Split a random permutation of the indices into two pieces that together are all of it."
)
def test_training_and_validation_set_are_the_official_training_images(script):
    """Training and validation set share no image, and together they are all official training images."""
    check(script, rules.training_images)


@criterion("ex6b", hint="FashionMNIST(root, train=False) is the official test set; take all of it, and nothing else.")
def test_the_test_set_is_the_official_one(script):
    """The test set holds the official test images, all of them and no others."""
    check(script, rules.test_images)


@criterion("ex6b", hint="Index images and classes with the same indices, and never shuffle one without the other.")
def test_images_keep_their_classes(script):
    """Every image comes with its own class."""
    check(script, rules.labels)


@criterion(
    "ex6b",
    hint=(
        "Draw the permutation from a generator with this seed: torch.randperm(n,"
        " generator=torch.Generator().manual_seed(seed))."
    ),
)
def test_the_split_follows_the_seed(script):
    """The same seed gives the same sets again, another seed another split."""
    check(script, rules.seed)
