"""Data sets that a script gives are held against the official ones."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from sheetgrader.boundary.fingerprints import fingerprints
from sheetgrader.boundary.trainings import ANSWER
from sheetgrader.graders.drawing import number_for
from sheetgrader.results import Outcome
from sheetgrader.sandbox.work_folder import FolderContent
from sheetgrader.scripts.run import ScriptRun
from sheetgrader.training.data import ImageData
from sheetgrader.training.evidence import rules
from sheetgrader.training.evidence.observing import Evidence
from sheetgrader.training.evidence.small_data import make_small_data
from sheetgrader.training.plan import Budget, RunPlan

DATA = make_small_data(4, train=120, test=40)
#: What is looked at beside, and what is not to be there.
KEY = bytes(range(32))
ODD = make_small_data(number_for(KEY, "odd sizes"), train=211, test=67)
OTHER = make_small_data(9, train=120, test=67)
PLAN = RunPlan(
    name="run", script="train.py", epochs=dict.fromkeys(Budget, 3), data="FashionMNIST", recompute_accuracies=True
)
Pairs = dict[str, tuple[Any, Any]]
Mistake = Callable[[Pairs], Pairs]


def split(data: ImageData, seed: int) -> Pairs:
    """Return a right split: normalised images and their labels."""
    order = np.random.default_rng(seed).permutation(len(data.train_labels))
    images = (data.train_images[:, None].astype(np.float32) / 255 - 0.286) / 0.353
    labels = data.train_labels.astype(np.int64)
    return {
        "train": (images[order[20:]], labels[order[20:]]),
        "validation": (images[order[:20]], labels[order[:20]]),
        "test": (data.test_images.astype(np.float32), data.test_labels.astype(np.int64)),
    }


@dataclass(frozen=True)
class Gives:
    """A sandbox in which load_splits gives these data sets: for the data, and for odd data three times."""

    calls: Sequence[Pairs]
    counts: Sequence[int] = (3, 3, 3, 3)

    def run(self, command: Sequence[str], files: Mapping[str, bytes], *, output: str, is_watched: bool) -> ScriptRun:
        answers = {str(call): {"value": count} for call, count in enumerate(self.counts)}
        found = {ANSWER: json.dumps(answers).encode()}
        for call, parts in enumerate(self.calls):
            for name, (inputs, labels) in parts.items():
                arrays = {"inputs": inputs, "labels": labels, "fingerprints": fingerprints(np.atleast_1d(inputs))}
                for kind, array in arrays.items():
                    stream = io.BytesIO()
                    np.save(stream, array)
                    found[f"{call}_{name}_{kind}.npy"] = stream.getvalue()
        return ScriptRun(tuple(command), Outcome.RIGHT, output=FolderContent(found))

    def weights(self, checkpoint: bytes) -> Mapping[str, Any]:
        raise NotImplementedError


def told(*odd_seeds: int, mistake: Mistake = dict, odd_mistake: Mistake = dict, true: ImageData = DATA) -> str:
    """Return what is wrong with data sets, as one text; the split of the odd data has these seeds."""
    given = true.with_false_test_labels(KEY)
    odd = [odd_mistake(split(ODD, seed)) for seed in odd_seeds or (0, 0, 1)]
    evidence = Evidence(PLAN, 3, "cpu", Gives([mistake(split(given, 0)), *odd]), true, key=KEY)
    verdicts = [rule.judge(evidence) for rule in (rules.training_images, rules.test_images, rules.labels, rules.seed)]
    return "\n".join(dict.fromkeys(verdict.sentence for verdict in verdicts if not verdict.holds))


def test_a_right_split_holds() -> None:
    assert told() == ""


def _change(part: str, change: Callable[[Any, Any], tuple[Any, Any]]) -> Mistake:
    return lambda pairs: {**pairs, part: change(*pairs[part])}


MISTAKES = {
    "too few images": (_change("train", lambda x, y: (x[:-3], y[:-3])), r"3 of \d+ .* are in neither"),
    "an image too often": (
        _change("validation", lambda x, y: (np.concatenate([x, x[:1]]), np.concatenate([y, y[:1]]))),
        r"1 of \d+ .* occur once too often",
    ),
    "half of the test set": (
        _change("test", lambda x, y: (x[:20], y[:20])),
        "has 20 images, 20 of them official; there are",
    ),
    "another test set": (
        _change("test", lambda x, y: (OTHER.test_images[: len(x)], y)),
        r"(\d+) of the \1 images of the test set are none of the official ones",
    ),
    "labels of other images": (
        _change("train", lambda x, y: (x, np.roll(y, 1))),
        r"^In the train set \d+ of \d+ images come with a class that is not theirs\.$",
    ),
    "flipped images": (
        _change("train", lambda x, y: (x[..., ::-1], y)),
        r"(\d+) of the \1 images of the train set are none",
    ),
    "single numbers": (_change("train", lambda x, y: (x.reshape(len(x), -1)[:, 0], y)), "no images: they are single"),
    "images as large as floats go": (_change("train", lambda x, y: (x.astype(float) * 1e300, y)), "^$"),
    "one colour": (_change("train", lambda x, y: (np.full_like(x, 3e38), y)), r"(\d+) of the \1 images .* are none"),
    "no images": (_change("train", lambda x, y: (x[:0], y[:0])), r"^The train set is empty\.$"),
    "NaN": (_change("train", lambda x, y: (x * np.nan, y)), "hold NaN or infinity"),
    "more labels": (_change("train", lambda x, y: (x[1:], y)), "The train set cannot be read as pairs"),
    "text for labels": (_change("test", lambda x, y: (x, y.astype(str))), "The test set cannot be read as pairs"),
    "a number for images": (_change("train", lambda *_: (np.array(1.0), np.array(1))), "cannot be read as pairs"),
    "no test set": (lambda pairs: {name: pairs[name] for name in ("train", "validation")}, "test set cannot be read"),
}


@pytest.mark.parametrize(("mistake", "message"), MISTAKES.values(), ids=MISTAKES)
def test_each_mistake_is_told_whichever_data_show_it(mistake: Mistake, message: str) -> None:
    assert re.search(message, told(mistake=mistake))
    assert re.search(message, told(odd_mistake=mistake))


def test_another_number_of_data_sets_is_told() -> None:
    evidence = Evidence(PLAN, 3, "cpu", Gives([split(DATA, 0)] * 4, counts=(3, 2, 3, 3)), DATA, key=KEY)
    assert rules.test_images.judge(evidence).sentence == "load_splits returned 2 data sets: three were asked for."


@pytest.mark.parametrize(
    ("seeds", "message"),
    [
        ((0, 1, 2), "Called twice with the same seed, load_splits gave two different train sets."),
        ((0, 0, 0), "With another seed the validation set has the same images."),
    ],
)
def test_a_split_that_does_not_follow_the_seed_is_told(seeds: tuple[int, int, int], message: str) -> None:
    assert told(*seeds) == message


def test_labels_of_equal_images_stand_for_each_other() -> None:
    # Real data have images that occur twice with two labels.
    images = DATA.train_images.reshape(len(DATA.train_images), -1)
    _, first, counts = np.unique(images, axis=0, return_index=True, return_counts=True)
    labels = DATA.train_labels.copy()
    labels[first[counts > 1]] = (labels[first[counts > 1]] + 1) % 10
    assert told(true=replace(DATA, train_labels=labels)) == ""


def _instead(part: str, inputs: Any, count: int) -> Mistake:
    return lambda pairs: {**pairs, part: (inputs, np.zeros(count, np.uint8))}


TOO_MANY = {
    "images": (_instead("train", np.zeros((961, 1, 1), np.uint8), 961), "961"),
    # They take no bytes, so that there may be any number.
    "images of nothing": (_instead("test", np.zeros((401, 0)), 401), "401"),
    "a file of labels": (_instead("validation", np.zeros((1 << 21, 1), np.uint8), 1 << 21), "2,097,152"),
}


@pytest.mark.parametrize(("mistake", "count"), TOO_MANY.values(), ids=TOO_MANY)
def test_far_more_images_than_there_are_are_not_looked_at(mistake: Mistake, count: str) -> None:
    assert re.search(
        rf"The \w+ set has {count} images; it is to consist of \d+ official ones at most\.", told(mistake=mistake)
    )


def test_images_of_far_too_many_numbers_are_not_looked_at() -> None:
    mistake = _instead("train", np.zeros((2, (1 << 20) + 1), np.uint8), 2)
    assert "An image of the train set has 1,048,577 numbers: 1,048,576 at most are read." in told(mistake=mistake)


@dataclass(frozen=True)
class Claims(Gives):
    """Gives fingerprints whose number is claimed, and which take no bytes."""

    def run(self, command: Sequence[str], files: Mapping[str, bytes], *, output: str, is_watched: bool) -> ScriptRun:
        found = super().run(command, files, output=output, is_watched=is_watched)
        stream = io.BytesIO()
        np.lib.format.write_array_header_1_0(stream, {"descr": "<f4", "fortran_order": False, "shape": (10**15, 0)})
        claimed = {name: stream.getvalue() for name in found.output.files if name.endswith("fingerprints.npy")}
        return replace(found, output=FolderContent({**found.output.files, **claimed}))


def test_fingerprints_without_an_end_are_not_looked_at() -> None:
    evidence = Evidence(
        PLAN,
        3,
        "cpu",
        Claims([split(DATA, 0), *(split(ODD, seed) for seed in (0, 0, 1))]),
        DATA,
        key=b"of sixteen bytes",
    )
    verdict = rules.seed.judge(evidence)
    assert not verdict.holds
    assert verdict.sentence.startswith("The train set has 1,000,000,000,000,000 images")
