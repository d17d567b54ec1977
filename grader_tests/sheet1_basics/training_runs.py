"""Question 6: what its criteria share, each worked out once for a submission.

The script runs twice on generated data, for a few epochs and for ten. Half of the official test images get a false
label, which only training on the test set would make a model prefer. What the script reports is then held against its
saved weights: they are read where none of its code runs, and put into its ``build_model()`` in a process that has seen
no data, on inputs that are sent there.

What the script's own process says of its optimizer's steps, and of its network's layers, are claims by that process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import msgspec
import numpy as np

from sheetgrader import StudentError, Wrong, probe, tensor
from sheetgrader.results import Outcome
from sheetgrader.training.data import CLASSES, ImageData
from sheetgrader.training.evidence.image_matching import SURE, nearest
from sheetgrader.training.evidence.small_data import make_small_data

SCRIPT: Final = "train_fashion_mnist.py"
EPOCHS: Final = 10
FEW_EPOCHS: Final = 3
PARTS: Final = ("train", "validation", "test")
_CPU_SECONDS: Final = 20
_SECONDS: Final = 60.0
_LONGEST_METRICS: Final = 1 << 20
_NO_FILES: Final[Mapping[str, bytes]] = MappingProxyType({})

Array = np.ndarray[Any, Any]


def once(work_out: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Have ``work_out(script)`` done once for a submission; a failure is kept, too."""
    name = work_out.__qualname__

    def kept(script: Any) -> Any:
        if name not in script.kept:
            try:
                script.kept[name] = work_out(script)
            except (StudentError, Wrong) as failure:
                script.kept[name] = failure
        found = script.kept[name]
        if isinstance(found, StudentError | Wrong):
            raise type(found)(str(found))
        return found

    return kept


# The data


@dataclass(frozen=True)
class Data:
    """What the script is given, and what it is not told."""

    given: ImageData
    #: The classes of the test images, where the script is given false ones for some.
    test_labels: Array
    #: Which of the test images have a false label.
    false: Array


@cache
def data_from(seed: int) -> Data:
    made = make_small_data(seed)
    given = made.with_false_test_labels(seed)
    return Data(given, made.test_labels, np.flatnonzero(given.test_labels != made.test_labels))


@cache
def odd_data(seed: int) -> ImageData:
    """Return data of sizes that nothing divides."""
    return make_small_data(seed + 1, train=211, test=67)


def run_seed(script: Any) -> int:
    return int(script.seed % 10_000)


# The runs


def run(script: Any, epochs: int, *, output: str, more: dict[str, bytes] | None = None) -> Any:
    options = {"data": "data", "epochs": epochs, "seed": run_seed(script), "device": "cpu", "output": output}
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    files = {**data_from(script.seed).given.files("data"), **(more or {})}
    return script(
        SCRIPT, *words, data=files, seconds=_SECONDS, cpu_seconds=_CPU_SECONDS, output=output, is_watched=True
    )


def short_run(script: Any) -> Any:
    """Return the run for a few epochs, into a folder that does not exist."""
    return run(script, FEW_EPOCHS, output="results/short")


def long_run(script: Any) -> Any:
    """Return the run for ten epochs; where the short one failed its folder exists, in case that was why."""
    short = short_run(script)
    if short.outcome is Outcome.TIMED_OUT or SCRIPT not in script.files:
        return short
    return run(script, EPOCHS, output="results/long", more={} if short.finished else _in_a_folder("results/long"))


def few_epochs_run(script: Any) -> Any:
    """Return the run for a few epochs, into a folder that exists where the script needs one."""
    short = short_run(script)
    if short.finished or not long_run(script).finished:
        return short
    return run(script, FEW_EPOCHS, output="results/few", more=_in_a_folder("results/few"))


def _in_a_folder(folder: str) -> dict[str, bytes]:
    return {f"{folder}/.keep": b""}


class Metrics(msgspec.Struct):
    """What ``metrics.json`` has to hold; whether it does is one criterion's question, and the others take what is
    there.
    """

    train_accuracy: Any = None
    validation_accuracy: Any = None
    test_accuracy: Any = None
    epochs: Any = None
    device: Any = None
    history: Any = None

    def accuracy(self, part: str) -> float | None:
        """Return what is reported for a set, as a share; None where no number is."""
        found = getattr(self, f"{part}_accuracy")
        if isinstance(found, bool) or not isinstance(found, int | float):
            return None
        return found / 100 if 1 < found <= 100 else float(found)


def metrics_of(finished: Any) -> Metrics:
    content = finished.file("metrics.json")
    if len(content) > _LONGEST_METRICS:
        raise Wrong(f"metrics.json has more than {_LONGEST_METRICS:,} bytes.")
    try:
        return msgspec.json.decode(content, type=Metrics)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if b"NaN" in content or b"Infinity" in content:
            raise Wrong(
                "metrics.json holds NaN or infinity, for which JSON has no form: has the training diverged?"
            ) from None
        raise Wrong(f"metrics.json is not what was asked for: {str(error)[:200]}.") from None


# The data sets


def module_of(script: Any, files: Mapping[str, bytes] = _NO_FILES) -> Any:
    """Return the script as a module; where it cannot be imported, what it defines, so that a missing main guard costs
    once.
    """
    try:
        return script.module(SCRIPT, data=files)
    except StudentError:
        return script.module(SCRIPT, data=files, only_definitions=True)


@probe
def read_splits(script, root, seed):
    import pathlib

    import numpy as np
    import torch

    def array(x):
        # A network takes what its data set gives.
        return (
            x
            if isinstance(x, np.ndarray)
            else x.detach().numpy()
            if isinstance(x, torch.Tensor)
            else np.asarray(x, dtype=np.float32)
        )

    parts = list(script.load_splits(pathlib.Path(root), seed))
    found = []
    for part in parts[:4]:
        pairs = [part[index] for index in range(len(part))]
        inputs = [array(x) for x, _ in pairs]
        found.append(
            [
                np.stack(inputs) if inputs else np.zeros((0, 1), np.float32),
                np.array([int(y) for _, y in pairs], dtype=np.int64),
            ]
        )
    return found


@dataclass(frozen=True)
class Part:
    """One of the three sets as ``load_splits`` gives it."""

    inputs: Array
    labels: Array


def splits(script: Any, root: str, seed: int) -> tuple[Part, Part, Part]:
    """Return what the script's ``load_splits`` gives, called in a process that has all data."""
    files = {**data_from(script.seed).given.files("data"), **odd_data(script.seed).files("odd")}
    found = read_splits(module_of(script, files), root, seed)
    if not isinstance(found, list) or len(found) != len(PARTS):
        raise Wrong(
            f"load_splits returned {len(found) if isinstance(found, list) else 'no'} data sets: three were asked for."
        )
    parts = []
    for name, pair in zip(PARTS, found, strict=True):
        inputs, labels = pair if isinstance(pair, list) and len(pair) == 2 else (None, None)
        if not isinstance(inputs, np.ndarray) or not isinstance(labels, np.ndarray) or labels.shape != inputs.shape[:1]:
            raise Wrong(f"The {name} set cannot be read as pairs (x, y).")
        if not len(labels):
            raise Wrong(f"The {name} set is empty.")
        if not np.isfinite(inputs).all():
            raise Wrong(f"Some images of the {name} set hold NaN or infinity.")
        parts.append(Part(inputs, labels))
    return parts[0], parts[1], parts[2]


def recognised(part: Part, known: Array, name: str) -> Array:
    """Return which of the known images those of a set are."""
    try:
        found, sure = nearest(part.inputs, known)
    except ValueError as error:
        raise Wrong(f"The inputs x of the {name} set are no images: {error}.") from None
    strange = int((sure < SURE).sum())
    if strange:
        raise Wrong(
            f"{strange} of the {len(found)} images of the {name} set are none of the official ones it is to consist of."
        )
    return found


# The trained network


@probe
def scores_of(script, weights, inputs):
    import torch

    model = script.build_model()
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        return {"problem": str(error).replace("\n\t", " ")[:200]}
    model.eval()
    with torch.no_grad():
        return {"scores": [model(x) for x in inputs]}


@dataclass(frozen=True)
class Recomputed:
    """The saved network's answers to all images of the script's sets, and the labels that they have there."""

    scores: dict[str, Array]
    parts: dict[str, Part]

    def accuracy(self, part: str) -> float:
        """Return the share of a set's images that get the label that they have there, right or not."""
        return float((self.scores[part].argmax(axis=1) == self.parts[part].labels).mean())

    def test_images(self, data: Data) -> Array:
        """Return which of the official test images the test set's are."""
        return recognised(self.parts["test"], data.given.test_images, "test")


def weights_of(script: Any) -> dict[str, Array]:
    weights: dict[str, Array] = script.checkpoint(long_run(script).file("model.pt"))
    return weights


@once
def recomputed(script: Any) -> Recomputed:
    """Return the answers of the saved network, in a process that has no data but the inputs it is sent."""
    weights = weights_of(script)
    parts = dict(zip(PARTS, splits(script, "data", run_seed(script)), strict=True))
    answer = scores_of(
        module_of(script),
        {name: tensor(value) for name, value in weights.items()},
        [tensor(part.inputs) for part in parts.values()],
    )
    answer = answer if isinstance(answer, dict) else {}
    if isinstance(answer.get("problem"), str):
        raise Wrong(f"The weights in model.pt do not fit the network of build_model(): {answer['problem']}.")
    scores = {}
    for name, found in zip(PARTS, answer.get("scores") or [None] * len(PARTS), strict=True):
        shape = (len(parts[name].labels), CLASSES)
        if not isinstance(found, np.ndarray) or found.shape != shape or not np.isfinite(found).all():
            raise Wrong(
                f"For the {shape[0]} images of the {name} set, build_model()'s network gives no {shape[0]} × {CLASSES}"
                " finite scores."
            )
        scores[name] = found
    return Recomputed(scores, parts)
