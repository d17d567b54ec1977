"""What is seen of a script that trains a classifier, each worked out once, when it is asked for.

The script is run as a sheet asks for, and once more for few epochs on generated data. Then it is imported, its
``load_splits`` is called, and the network of ``build_model`` gets the saved weights, in a process that has seen no data
but the inputs that are sent there. Half of the test images have a false label, which only training on the test set
would make a model prefer.

What the script's processes say of its steps, its data sets and its network are claims by these processes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final, Protocol

import numpy as np

from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.boundary.trainings import (
    BUILD_MODEL,
    CHECKPOINT,
    IMPORT,
    INPUTS,
    KINDS,
    LAYERS,
    LOAD_SPLITS,
    PARTS,
    SCORES,
    WRITTEN,
    array_file,
)
from sheetgrader.graders.failures import BadValue, StudentError, Wrong
from sheetgrader.results import Outcome
from sheetgrader.scripts.records import TrainingRecord
from sheetgrader.scripts.run import ScriptRun
from sheetgrader.training.data import CLASSES, ImageData
from sheetgrader.training.evidence.answers import array_of, value_of
from sheetgrader.training.evidence.data_sets import Array, Splits, parts_from
from sheetgrader.training.evidence.metrics import Metrics, read_metrics
from sheetgrader.training.evidence.small_data import make_small_data
from sheetgrader.training.plan import RunPlan

FEW_EPOCHS: Final = 2
#: Where a script finds its data and writes, in its work folder.
DATA: Final = "data"
OUTPUT: Final = "results/all"
_FEW_OUTPUT: Final = "results/few"
_ANSWERS: Final = "answers"
METRICS: Final = "metrics.json"
#: Data whose sizes nothing divides, seeds for them, and the data of the short run.
_ODD_DATA: Final = "odd"
_REHEARSED_DATA: Final = "rehearsed"
_ODD_TRAIN, _ODD_TEST = 211, 67
_SEED, _OTHER_SEED = 3, 4
#: Numbers of the calls of ``load_splits``.
_GIVEN: Final = 0
_ODD: Final = (1, 2, 3)
_REHEARSED: Final = 4
#: What asks a script, whatever it is asked; the sandbox has the rest among its own modules.
_ASKING: Final = b"import sys\n\nfrom sheetgrader.inside.script_answers import main\n\nmain(*sys.argv)\n"


class Sandbox(Protocol):
    """Where the script's code runs, with the files that were handed in with it."""

    def run(self, command: Sequence[str], files: Mapping[str, bytes], *, output: str, is_watched: bool) -> ScriptRun:
        """Run ``python <command>`` with ``files`` beside those that were handed in; whatever it does, this returns."""

    def weights(self, checkpoint: bytes) -> Mapping[str, Array]:
        """Return the tensors of a saved state dict by name, read where none of the script's code runs.

        Raises:
            StudentError: it is no such file.
        """


@dataclass(frozen=True)
class Evidence:
    """What is seen of one script. What cannot be seen raises what a student should read, each time it is asked for."""

    plan: RunPlan
    epochs: int
    device: str
    sandbox: Sandbox
    #: Images with their true labels, where the plan asks for accuracies.
    true: ImageData | None = None
    #: What stands in the data folder where that is no data set of images.
    data_files: Mapping[str, bytes] = field(default_factory=dict)
    #: What false labels and generated data follow from.
    seed: int = 0
    is_handed_in: bool = True

    # The runs.

    @cached_property
    def short(self) -> ScriptRun:
        """The run for few epochs, into a folder that does not exist."""
        return self._train(FEW_EPOCHS, self.rehearsed, _FEW_OUTPUT, exists="")

    @cached_property
    def long(self) -> ScriptRun:
        """The run for all epochs; where the short one failed its folder exists, in case that was why."""
        if not self.plan.recompute_accuracies:
            return self._train(self.epochs, self.given, OUTPUT, exists=str(PurePosixPath(OUTPUT).parent))
        if not self.is_handed_in or self.short.outcome is Outcome.TIMED_OUT:
            return self.short
        return self._train(self.epochs, self.given, OUTPUT, exists="" if self.short.finished else OUTPUT)

    @cached_property
    def few_epochs(self) -> ScriptRun:
        """The run for few epochs, into a folder that exists where the script needs one."""
        if self.short.finished or not self.long.finished:
            return self.short
        return self._train(FEW_EPOCHS, self.rehearsed, _FEW_OUTPUT, exists=_FEW_OUTPUT)

    def _train(self, epochs: int, data: ImageData | None, output: str, *, exists: str) -> ScriptRun:
        options = {"data": DATA, "epochs": epochs, "seed": self.plan.seed, "device": self.device, "output": output}
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        if data is None:
            files = {f"{DATA}/{path}": content for path, content in self.data_files.items()}
        else:
            files = data.files(DATA, name=self.plan.data)
        if exists:
            files[f"{exists}/.keep"] = b""
        command = [self.plan.script, *self.plan.arguments, *words]
        return self.sandbox.run(command, files, output=output, is_watched=True)

    # The data.

    @cached_property
    def given(self) -> ImageData | None:
        """The data that the long run is given."""
        is_asked = self.true is not None and self.plan.recompute_accuracies
        return self.true.with_false_test_labels(self.seed) if self.true is not None and is_asked else self.true

    @cached_property
    def rehearsed(self) -> ImageData:
        """The data that the short run is given."""
        return make_small_data(self.seed).with_false_test_labels(self.seed)

    @cached_property
    def odd(self) -> ImageData:
        """The data that ``load_splits`` is called with, beside those of the long run."""
        return make_small_data(self.seed + 1, train=_ODD_TRAIN, test=_ODD_TEST)

    # What the runs left.

    @property
    def metrics(self) -> Metrics:
        """What the long run reports."""
        return metrics_of(self.long)

    @property
    def weights(self) -> Mapping[str, Array]:
        """The tensors that the long run saved."""
        if isinstance(self._opened, StudentError):
            raise type(self._opened)(str(self._opened))
        return self._opened

    @cached_property
    def _opened(self) -> Mapping[str, Array] | StudentError:
        try:
            return self.sandbox.weights(self.long.file(CHECKPOINT))
        except StudentError as error:
            return error

    # What the script's functions say.

    @cached_property
    def _import(self) -> ScriptRun:
        return self._ask(IMPORT)

    @property
    def written_by_import(self) -> list[str]:
        """The files that importing the script writes."""
        run = self._import
        try:
            written = value_of(run, IMPORT, WRITTEN)
        except StudentError as error:
            raise type(error)(f"{self.plan.script} cannot be imported: {error}") from None
        if not isinstance(written, list) or not all(isinstance(name, str) for name in written):
            raise BadValue("What importing the script has written cannot be seen.")
        return [plain_text(name, 60) for name in written]

    @cached_property
    def _only_definitions(self) -> str:
        """A word where the script cannot be imported but for what it defines: a missing main guard costs once."""
        try:
            value_of(self._import, IMPORT, WRITTEN)
        except StudentError:
            return "definitions"
        return ""

    @cached_property
    def _load_splits(self) -> ScriptRun:
        folders = {DATA: self._images, _ODD_DATA: self.odd, _REHEARSED_DATA: self.rehearsed}
        calls = [
            (DATA, self.plan.seed, KINDS),
            *((_ODD_DATA, seed, KINDS) for seed in (_SEED, _SEED, _OTHER_SEED)),
            (_REHEARSED_DATA, self.plan.seed, ["labels"]),
        ]
        files = {
            path: content
            for folder, data in folders.items()
            for path, content in data.files(folder, name=self.plan.data).items()
        }
        return self._ask(LOAD_SPLITS, self._only_definitions, json.dumps(calls), files=files)

    @property
    def _images(self) -> ImageData:
        if self.given is None:
            raise TypeError("a plan that asks for accuracies is of a data set of images")
        return self.given

    @cached_property
    def splits(self) -> Splits:
        """The data sets that ``load_splits`` gives for the data and the seed of the long run."""
        return self._splits(_GIVEN, self._images)

    @cached_property
    def odd_splits(self) -> tuple[Splits, Splits, Splits]:
        """Those that it gives for data of odd sizes: with one seed, again with it, and with another one."""
        first, again, other = (self._splits(number, self.odd) for number in _ODD)
        return first, again, other

    @cached_property
    def rehearsed_size(self) -> int:
        """How many images the training set of the short run has."""
        value_of(self._load_splits, LOAD_SPLITS, str(_REHEARSED))
        labels = array_of(self._load_splits, array_file(_REHEARSED, "train", "labels"))
        if labels is None or not labels.size:
            raise Wrong("The train set is empty.")
        return labels.size

    def _splits(self, number: int, data: ImageData) -> Splits:
        count = value_of(self._load_splits, LOAD_SPLITS, str(number))
        if count != len(PARTS):
            shown = plain_text(str(count), 20) if isinstance(count, int) else "no"
            raise Wrong(f"load_splits returned {shown} data sets: three were asked for.")
        arrays = {
            name: [array_of(self._load_splits, array_file(number, name, kind)) for kind in KINDS] for name in PARTS
        }
        return parts_from({name: (inputs, labels) for name, (inputs, labels) in arrays.items()}, data)

    @cached_property
    def _build_model(self) -> ScriptRun:
        files = {
            f"{INPUTS}/{array_file(name)}": self._load_splits.output.files[array_file(_GIVEN, name, "inputs")]
            for name in self.splits
        }
        # What cannot be read where none of the script's code runs is not shown to it, either.
        if not isinstance(self._opened, StudentError):
            files[CHECKPOINT] = self.long.file(CHECKPOINT)
        return self._ask(BUILD_MODEL, self._only_definitions, files=files)

    @property
    def distances_from_affine(self) -> list[float]:
        """What stands between the network's matrices; see :mod:`sheetgrader.inside.network_layers`."""
        found = value_of(self._build_model, BUILD_MODEL, LAYERS)
        if found is None:
            raise Wrong("The network of build_model() uses no weight matrix.")
        if not isinstance(found, list) or not all(isinstance(distance, float) for distance in found):
            raise BadValue("The network of build_model() cannot be looked at.")
        return found

    @cached_property
    def scores(self) -> Mapping[str, Array]:
        """The scores that the saved network gives for all images of the script's sets, shape (n, classes)."""
        _ = self.weights
        problem = value_of(self._build_model, BUILD_MODEL, SCORES)
        if problem:
            raise Wrong(f"The weights in model.pt do not fit the network of build_model(): {plain_text(str(problem))}.")
        found = {}
        for name, part in self.splits.items():
            scores = array_of(self._build_model, array_file(name))
            shape = (len(part.labels), CLASSES)
            if scores is None or scores.shape != shape or not np.isfinite(scores).all():
                raise Wrong(
                    f"For the {shape[0]} images of the {name} set, build_model()'s network gives no {shape[0]} ×"
                    f" {CLASSES} finite scores."
                )
            found[name] = scores
        return found

    @property
    def accuracies(self) -> Mapping[str, float]:
        """The share of each set's images that get the label that they have there, right or not."""
        return {
            name: float((scores.argmax(axis=1) == self.splits[name].labels).mean())
            for name, scores in self.scores.items()
        }

    @property
    def true_test_labels(self) -> Array:
        """The true labels of the images in the script's test set."""
        if self.true is None:
            raise TypeError("a plan that asks for accuracies is of a data set of images")
        labels: Array = self.true.test_labels[self.splits["test"].images]
        return labels

    @property
    def test_accuracy(self) -> float:
        """The share of the test images that get their true label."""
        return float((self.scores["test"].argmax(axis=1) == self.true_test_labels).mean())

    @property
    def best_guess(self) -> float:
        """The share that the best constant guess gets."""
        return float(np.bincount(self.true_test_labels).max() / len(self.true_test_labels))

    def _ask(self, question: str, *arguments: str, files: Mapping[str, bytes] | None = None) -> ScriptRun:
        if not self.is_handed_in:
            raise BadValue(f"{self.plan.script} was not handed in.")
        command = [question, _ANSWERS, self.plan.script, *arguments]
        return self.sandbox.run(command, {**(files or {}), question: _ASKING}, output=_ANSWERS, is_watched=False)


def metrics_of(run: ScriptRun) -> Metrics:
    """Return what a run reports.

    Raises:
        StudentError: it left no ``metrics.json``.
        Wrong: that is no JSON object.
    """
    return read_metrics(run.file(METRICS))


def record_of(run: ScriptRun) -> TrainingRecord:
    """Return the record of a run that took steps.

    Raises:
        StudentError: it did not come to its end.
        Wrong: it took none.
    """
    if run.record is None or not run.record.total_steps:
        run.check()
        raise Wrong("No optimizer of torch.optim took a step while the script ran.")
    return run.record
