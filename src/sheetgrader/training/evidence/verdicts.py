"""What a training must keep to, by name, and whether it does."""

from __future__ import annotations

import enum

import msgspec

from sheetgrader.graders.failures import Wrong
from sheetgrader.results import Outcome
from sheetgrader.scripts.run import failure_of


class Requirement(enum.Enum):
    """What a training must keep to."""

    RUNS = "runs"
    FOLDER = "folder"
    METRICS = "metrics"
    DEVICE = "device"
    CHECKPOINT = "checkpoint"
    IMPORT = "import"
    TRAINING_IMAGES = "training images"
    TEST_IMAGES = "test images"
    LABELS = "labels"
    SEED = "seed"
    LAYERS = "layers"
    OPTIMIZER = "optimizer"
    STEPS = "steps"
    GRADIENTS = "gradients"
    EPOCHS = "epochs"
    UNSEEN = "unseen"
    ACCURACIES = "accuracies"
    TARGETS = "targets"
    LEARNT = "learnt"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a training keeps to one requirement."""

    requirement: Requirement
    #: What it asks, as a sentence without its full stop.
    says: str
    outcome: Outcome
    #: What is wrong, or what was seen.
    sentence: str

    @property
    def holds(self) -> bool:
        """Whether the training keeps to it."""
        return self.outcome is Outcome.RIGHT

    def check(self) -> None:
        """Raise what a student should read where the training does not keep to it.

        Raises:
            Wrong: it does something else.
            StudentError: it failed, was stopped, or took more than it may.
        """
        if self.outcome is Outcome.WRONG:
            raise Wrong(self.sentence)
        if not self.holds:
            raise failure_of(self.outcome)(self.sentence)
