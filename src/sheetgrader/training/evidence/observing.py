"""What is seen of a script that trains a classifier, each worked out once, when it is asked for.

The script is run as a sheet asks for, and once more for few epochs. Then its ``load_splits`` is called, and the network
of ``build_model`` gets the saved weights in a process that has seen no data but the inputs that are sent there. Half of
the test images have a false label, which only training on the test set would make a model prefer.

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

from sheetgrader.boundary import trainings
from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.graders.drawing import number_for
from sheetgrader.graders.failures import BadValue, Wrong
from sheetgrader.results import Outcome
from sheetgrader.scripts.run import ScriptRun
from sheetgrader.training.data import CLASSES, ImageData
from sheetgrader.training.evidence.data_sets import Splits, check_number, official_part, splits_of
from sheetgrader.training.evidence.reading import Array, array_of, value_of
from sheetgrader.training.evidence.small_data import make_small_data
from sheetgrader.training.plan import RunPlan

FEW_EPOCHS: Final = 2
#: Where a script finds its data and writes, in its work folder.
DATA: Final = "data"
OUTPUT: Final = "results/all"
_FEW_OUTPUT: Final = "results/few"
_ANSWERS: Final = "answers"
#: Data of sizes that nothing divides, and seeds for them.
_ODD: Final = "odd"
_ODD_TRAIN, _ODD_TEST = 211, 67
_SEED, _OTHER_SEED = 3, 4
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
    #: Images with their true labels.
    true: ImageData | None = None
    #: What stands in the data folder where that is no data set of images.
    data_files: Mapping[str, bytes] = field(default_factory=dict)
    #: What false labels and generated data follow from; no script is given it, or a number that follows from it.
    key: bytes = b""
    is_handed_in: bool = True

    # What the runs left.

    @cached_property
    def short(self) -> ScriptRun:
        """The run for few epochs, into a folder that does not exist."""
        return self._train(FEW_EPOCHS, _FEW_OUTPUT)

    @cached_property
    def long(self) -> ScriptRun:
        """The run for all epochs; where the short one failed its folder exists, in case that was why."""
        if not self.plan.recompute_accuracies:
            return self._train(self.epochs, OUTPUT, exists=str(PurePosixPath(OUTPUT).parent))
        if not self.is_handed_in or self.short.outcome is Outcome.TIMED_OUT:
            return self.short
        return self._train(self.epochs, OUTPUT, exists="" if self.short.finished else OUTPUT)

    @cached_property
    def few_epochs(self) -> ScriptRun:
        """The run for few epochs, into a folder that exists where the script needs one."""
        if self.short.finished or not self.long.finished:
            return self.short
        return self._train(FEW_EPOCHS, _FEW_OUTPUT, exists=_FEW_OUTPUT)

    def _train(self, epochs: int, output: str, *, exists: str = "") -> ScriptRun:
        options = {"data": DATA, "epochs": epochs, "seed": self.plan.seed, "device": self.device, "output": output}
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        if self.given is None:
            files = {f"{DATA}/{path}": content for path, content in self.data_files.items()}
        else:
            files = self.given.files(DATA)
        if exists:
            files[f"{exists}/.keep"] = b""
        return self.sandbox.run([self.plan.script, *self.plan.arguments, *words], files, output=output, is_watched=True)

    @cached_property
    def given(self) -> ImageData | None:
        """The images that the script is given."""
        return self._images[1] if self.plan.recompute_accuracies else self.true

    @cached_property
    def _images(self) -> tuple[ImageData, ImageData]:
        """The images with their true labels, and with the labels that the script is given."""
        if self.true is None:
            raise TypeError("a plan that asks for accuracies is of a data set of images")
        return self.true, self.true.with_false_test_labels(self.key)

    @cached_property
    def weights(self) -> Mapping[str, Array]:
        """The tensors that the long run saved."""
        return self.sandbox.weights(self.long.file(trainings.CHECKPOINT))

    # What its functions say, where a plan asks for accuracies: it is of a data set of images then.

    @property
    def written_by_import(self) -> list[str]:
        """The files that importing the script writes."""
        written = value_of(self._load_splits, trainings.WRITTEN, f"{self.plan.script} cannot be imported:")
        if not isinstance(written, list) or not all(isinstance(name, str) for name in written):
            raise BadValue("What importing the script has written cannot be seen.")
        return [plain_text(name, 60) for name in written]

    @cached_property
    def _odd(self) -> ImageData:
        return make_small_data(number_for(self.key, "odd sizes"), train=_ODD_TRAIN, test=_ODD_TEST)

    @cached_property
    def _load_splits(self) -> ScriptRun:
        calls = [
            (DATA, self.plan.seed, (trainings.INPUTS, trainings.LABELS)),
            (_ODD, _SEED, (trainings.INPUTS, trainings.LABELS, trainings.FINGERPRINTS)),
            (_ODD, _SEED, (trainings.FINGERPRINTS,)),
            (_ODD, _OTHER_SEED, (trainings.FINGERPRINTS,)),
        ]
        given = self._images[1]
        files = {**given.files(DATA), **self._odd.files(_ODD, name=given.name)}
        return self._ask(trainings.LOAD_SPLITS, json.dumps(calls), files=files)

    @cached_property
    def splits(self) -> Splits:
        """The data sets that ``load_splits`` gives for the data and the seed of the runs."""
        return splits_of(self._load_splits, 0, self._images[1])

    @cached_property
    def odd_splits(self) -> Splits:
        """Those that it gives for data of odd sizes."""
        return splits_of(self._load_splits, 1, self._odd)

    def odd_fingerprints(self, part: str) -> tuple[Array, Array, Array]:
        """Return fingerprints of a set's images: with one seed, again with it, and with another one."""
        found = []
        for call in (1, 2, 3):
            value_of(self._load_splits, str(call), f"{trainings.LOAD_SPLITS} raised")
            array = array_of(self._load_splits, call, part, trainings.FINGERPRINTS)
            if array is None or array.ndim != 2:
                raise Wrong(f"The {part} set cannot be read as pairs (x, y).")
            check_number(part, len(array), len(official_part(self._odd, part)[1]))
            found.append(array)
        return found[0], found[1], found[2]

    @cached_property
    def _build_model(self) -> ScriptRun:
        given, left = self._load_splits.output.files, self.long.output.files
        files = {f"{name}_{trainings.INPUTS}.npy": given[f"0_{name}_{trainings.INPUTS}.npy"] for name in self.splits}
        if trainings.CHECKPOINT in left:
            files[trainings.CHECKPOINT] = left[trainings.CHECKPOINT]
        return self._ask(trainings.BUILD_MODEL, files=files)

    @property
    def distances_from_affine(self) -> list[float]:
        """What stands between the network's matrices; see :mod:`sheetgrader.inside.network_layers`."""
        found = value_of(self._build_model, trainings.LAYERS, f"{trainings.BUILD_MODEL} raised")
        if found is None:
            raise Wrong("The network of build_model() uses no weight matrix.")
        if not isinstance(found, list) or not all(isinstance(distance, float) for distance in found):
            raise BadValue("The network of build_model() cannot be looked at.")
        return found

    @cached_property
    def scores(self) -> Mapping[str, Array]:
        """The scores that the saved network gives for all images of the script's sets, shape (n, classes)."""
        _ = self.weights
        problem = value_of(self._build_model, trainings.SCORES, f"{trainings.BUILD_MODEL}'s network raised")
        if problem:
            raise Wrong(f"The weights in model.pt do not fit the network of build_model(): {plain_text(str(problem))}.")
        found = {}
        for name, part in self.splits.items():
            scores, count = array_of(self._build_model, name, trainings.SCORES), len(part.labels)
            if scores is None or scores.shape != (count, CLASSES) or not np.isfinite(scores).all():
                raise Wrong(
                    f"For the {count} images of the {name} set, build_model()'s network gives no {count} × {CLASSES}"
                    " finite scores."
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
        labels: Array = self._images[0].test_labels[self.splits["test"].images]
        return labels

    @property
    def true_accuracies(self) -> tuple[float, float]:
        """The share of the test images that get their true label, and what the best constant guess gets."""
        true = self.true_test_labels
        return float((self.scores["test"].argmax(axis=1) == true).mean()), float(np.bincount(true).max() / len(true))

    def _ask(self, function: str, *arguments: str, files: Mapping[str, bytes]) -> ScriptRun:
        if not self.is_handed_in:
            raise BadValue(f"{self.plan.script} was not handed in.")
        command = [function, _ANSWERS, self.plan.script, *arguments]
        return self.sandbox.run(command, {**files, function: _ASKING}, output=_ANSWERS, is_watched=False)
