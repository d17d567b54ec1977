"""What a training leaves behind is read as what nobody vouches for."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest

from sheetgrader.training.evidence.contract import BadMetricsError, read_metrics
from sheetgrader.training.evidence.recomputing import read_answers


def _npy(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def _archive(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.npy", content)
    return stream.getvalue()


def test_metrics_become_plain_numbers_and_names() -> None:
    found = {
        "epochs": 2,
        "device": "\x1b[2Jcpu",
        "\x1b[1mloss": 0.5,
        "history": [{"epoch": 1, "\u202eloss": 3.0}, {"epoch": 2, "\u202eloss": 2}],
    }
    metrics = read_metrics(json.dumps(found).encode())
    assert metrics.numbers == {"epochs": 2.0, "loss": 0.5}
    assert metrics.curves == {"loss": (3.0, 2.0)}
    assert metrics.device == "cpu"
    assert metrics.history_length == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"history": [' + b"[]," * 5_000_000 + b"[]]}",
        b'{"history": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"history": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"epochs": 1, "device": "' + b"x" * (17 << 20) + b'", "history": []}',
        b'{"epochs": "1", "device": "cpu", "history": []}',
    ],
    ids=["empty", "list", "many", "deep", "deeper", "large", "text"],
)
def test_other_metrics_are_a_sentence(content: bytes) -> None:
    with pytest.raises(BadMetricsError, match=r"^metrics\.json"):
        read_metrics(content)


_ANSWER = b'{"problem": "", "shapes": {"weight": [3, 2]}}'
_HEADER = (
    b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }".ljust(127) + b"\n"
)


def test_answers_of_a_saved_model_come_back() -> None:
    arrays: dict[str, np.ndarray[Any, Any]] = {
        "train_inputs.npy": np.arange(6.0, dtype=np.float32).reshape(3, 2),
        "test_labels.npy": np.arange(3),
        "test_inputs.npy": np.eye(3).T,
    }
    answers = read_answers({"answer.json": _ANSWER, **{name: _npy(array) for name, array in arrays.items()}})
    assert not answers.problem
    assert answers.shapes == {"weight": (3, 2)}
    for name, array in arrays.items():
        part, kind = name.removesuffix(".npy").split("_")
        found = answers.arrays[part, kind]
        assert found.dtype == array.dtype
        assert np.array_equal(found, array)


def test_what_is_wrong_with_a_model_is_said_in_plain_text() -> None:
    answers = read_answers(
        {"answer.json": json.dumps({"problem": "\x1b[2Jno model" + "!" * 1000, "shapes": {}}).encode()}
    )
    assert answers.problem.startswith("no model!")
    assert len(answers.problem) <= 300


@pytest.mark.parametrize(
    "content",
    [
        _HEADER + bytes(80),
        _npy(np.arange(10.0))[:-1],
        _npy(np.array([{}], dtype=object)),
        _archive(_npy(np.arange(3))),
        b"PK\x03\x04 no archive",
        b"\x93NUMPY\x01\x00\x04\x00((((",
        b"\x93NUMPY\x03\x00",
        b"",
    ],
    ids=["vast", "cut", "objects", "archive", "no archive", "no header", "version", "empty"],
)
def test_other_answers_are_a_sentence(content: bytes) -> None:
    answers = read_answers({"answer.json": _ANSWER, "train_inputs.npy": content})
    assert answers.problem == "model.pt could not be opened: what came back makes no sense"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b'{"problem": 3, "shapes": {}}',
        b'{"problem": "", "shapes": {"w": [1e999]}}',
        b"[" * 900 + b"]" * 900,
    ],
)
def test_an_answer_of_another_form_is_a_sentence(answer: bytes) -> None:
    assert read_answers({"answer.json": answer}).problem
