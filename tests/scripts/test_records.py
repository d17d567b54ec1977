from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from sheetgrader.boundary.fingerprints import SIZE
from sheetgrader.boundary.trainings import FIRST_EXAMPLES
from sheetgrader.scripts.records import LONGEST_RECORD, read_record

ONES = np.ones((3, SIZE), np.float32)
CLASSES = np.array([4, -1, 0], np.int32)


def coded(numbers: np.ndarray) -> str:
    return base64.b64encode(numbers.tobytes()).decode()


def record_with(examples: object) -> bytes:
    record = {
        "steps": {"SGD": 1},
        "examples": 3,
        "largest_batch": 3,
        "leftover_gradients": 0,
        "traces": [],
        "first_examples": examples,
    }
    return json.dumps(record).encode()


def examples_of(fingerprints: np.ndarray, classes: np.ndarray) -> dict[str, str]:
    return {"fingerprints": coded(fingerprints), "classes": coded(classes)}


def test_the_first_examples_are_read():
    record = read_record(record_with(examples_of(ONES, CLASSES)))
    assert record is not None
    assert np.array_equal(record.first_examples.fingerprints, ONES)
    assert np.array_equal(record.first_examples.classes, CLASSES)


def test_as_many_as_are_recorded_fit():
    content = record_with(examples_of(np.ones((FIRST_EXAMPLES, SIZE), np.float32), np.zeros(FIRST_EXAMPLES, np.int32)))
    assert len(content) < LONGEST_RECORD
    record = read_record(content)
    assert record is not None
    assert record.first_examples.fingerprints.shape == (FIRST_EXAMPLES, SIZE)


@pytest.mark.parametrize(
    "examples",
    [
        examples_of(ONES, CLASSES[:2]),
        examples_of(ONES[:, :5], CLASSES),
        examples_of(ONES * np.float32(np.inf), CLASSES),
        examples_of(ONES * np.float32(np.nan), CLASSES),
        examples_of(np.ones((FIRST_EXAMPLES + 1, SIZE), np.float32), np.zeros(FIRST_EXAMPLES + 1, np.int32)),
        {"fingerprints": coded(ONES), "classes": "§"},
        {"fingerprints": coded(ONES), "classes": "AAA="},
        {"fingerprints": coded(ONES), "classes": [4, -1, 0]},
        [],
        None,
    ],
    ids=[
        "too few classes",
        "narrow",
        "infinite",
        "not a number",
        "too many",
        "no letters",
        "half a number",
        "a list",
        "no pair",
        "nothing",
    ],
)
def test_a_record_whose_examples_are_none_is_not_read(examples):
    assert read_record(record_with(examples)) is None
