"""What a script and its functions left is read as what nobody vouches for."""

from __future__ import annotations

import io
import json
import math
import zipfile
from typing import Any

import numpy as np
import pytest

from sheetgrader.boundary.trainings import ANSWER
from sheetgrader.graders.failures import OutOfMemory, Raised, StudentError, TimedOut, Wrong
from sheetgrader.results import Outcome
from sheetgrader.sandbox.work_folder import FolderContent
from sheetgrader.scripts.run import ScriptRun
from sheetgrader.training.evidence.reading import METRICS, Metrics, array_of, metrics_of, value_of


def _reported(content: bytes) -> Metrics:
    return metrics_of(ScriptRun(("train.py",), Outcome.RIGHT, output=FolderContent({METRICS: content})))


def test_metrics_become_plain_numbers_and_names() -> None:
    found = {
        "epochs": 2,
        "device": "cpu",
        "\x1b[1mloss": 0.5,
        "history": [{"epoch": 1, "\u202eloss": 3.0}, {"epoch": 2, "\u202eloss": 2}],
    }
    metrics = _reported(json.dumps(found).encode())
    assert metrics.numbers == {"epochs": 2.0, "loss": 0.5}
    assert metrics.curves == {"loss": (3.0, 2.0)}
    assert metrics.found["device"] == "cpu"


def test_a_history_of_numbers_is_a_curve() -> None:
    assert _reported(b'{"history": [3, 2.5, NaN]}').curves["history"][:2] == (3.0, 2.5)


@pytest.mark.parametrize(
    ("value", "share"), [(0.5, 0.5), (1, 1.0), (97.5, 0.975), (100, 1.0), (101, 101.0), (-1, -1.0), (0, 0.0)]
)
def test_percent_are_read_as_a_share(value: float, share: float) -> None:
    assert _reported(json.dumps({"test_accuracy": value}).encode()).accuracy("test") == share


@pytest.mark.parametrize("value", ["true", '"0.5"', "null", "[0.5]", "1" + "0" * 400])
def test_what_is_no_number_is_none(value: str) -> None:
    assert _reported(b'{"test_accuracy": %s}' % value.encode()).accuracy("test") is None


def test_a_number_that_diverged_is_one() -> None:
    accuracy = _reported(b'{"test_accuracy": NaN}').accuracy("test")
    assert accuracy is not None
    assert math.isnan(accuracy)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no JSON"),
        (b"[]", "holds no JSON object"),
        (b'{"history": [' + b"[]," * 5_000_000 + b"[]]}", "is no JSON, or nested too deeply"),
        (b'{"history": ' + b"[" * 900 + b"]" * 900 + b"}", "nested too deeply"),
        (b'{"history": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "nested too deeply"),
        (b'{"device": "' + b"x" * (17 << 20) + b'"}', "more than 16,777,216 bytes"),
    ],
    ids=["empty", "list", "many", "deep", "deeper", "large"],
)
def test_anything_else_is_a_sentence(content: bytes, message: str) -> None:
    with pytest.raises(Wrong, match=rf"^metrics\.json .*{message}.*\.$"):
        _reported(content)


def _left(**files: bytes) -> ScriptRun:
    return ScriptRun(
        ("load_splits",), Outcome.RIGHT, output=FolderContent({f"{name}.npy": file for name, file in files.items()})
    )


def _answered(answer: bytes, outcome: Outcome = Outcome.RIGHT, reason: str = "") -> ScriptRun:
    return ScriptRun(("load_splits",), outcome, reason, output=FolderContent({ANSWER: answer}))


def _npy(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def _archive(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.npy", content)
    return stream.getvalue()


def _header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00v\x00" + text.encode().ljust(117) + b"\n"


@pytest.mark.parametrize(
    "array",
    [np.arange(6.0, dtype=np.float32).reshape(3, 2), np.arange(3), np.eye(3).T, np.zeros((0, 4)), np.array(2.5)],
    ids=["single precision", "integers", "by columns", "empty", "a number"],
)
def test_arrays_come_back(array: Any) -> None:
    found = array_of(_left(a=_npy(array)), "a")
    assert found is not None
    assert found.dtype == array.dtype
    assert np.array_equal(found, array)


@pytest.mark.parametrize(
    "content",
    [
        _header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }") + bytes(80),
        _header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, -10), }") + bytes(80),
        _npy(np.arange(10.0))[:-1],
        _npy(np.array([{}], dtype=object)),
        _npy(np.array(["text"])),
        _npy(np.array([1j])),
        _archive(_npy(np.arange(3))),
        b"PK\x03\x04 no archive",
        b"\x93NUMPY\x01\x00\x04\x00((((",
        b"\x93NUMPY\x03\x00",
        b"",
    ],
    ids=["vast", "negative", "cut", "objects", "text", "complex", "archive", "no zip", "no header", "version", "empty"],
)
def test_other_files_are_no_arrays(content: bytes) -> None:
    assert array_of(_left(a=content), "a") is None
    assert array_of(_left(), "a") is None


def test_a_call_s_value_comes_back() -> None:
    assert value_of(_answered(b'{"0": {"value": [1, "a"]}}'), "0", "load_splits raised") == [1, "a"]


@pytest.mark.parametrize(
    ("kind", "text", "failure", "sentence"),
    [
        ("ValueError", "no such layer", Raised, "load_splits raised ValueError: no such layer."),
        ("SystemExit", "", Raised, "load_splits raised SystemExit."),
        ("MemoryError", "", OutOfMemory, "load_splits raised MemoryError."),
        ("\x1b[2JError", "\x1b[1m" + "!" * 1000, Raised, "load_splits raised Error: !!!"),
    ],
)
def test_what_a_call_raised_is_a_sentence(kind: str, text: str, failure: type[StudentError], sentence: str) -> None:
    answer = json.dumps({"0": {"raised": kind, "text": text}}).encode()
    with pytest.raises(failure) as caught:
        value_of(_answered(answer), "0", "load_splits raised")
    assert str(caught.value).startswith(sentence)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "answer",
    [b"", b"[]", b"{}", b'{"0": []}', b'{"0": {"raised": 3, "text": ""}}', b'{"0": "value"}', b"[" * 900 + b"]" * 900],
)
def test_no_answer_is_a_sentence_with_the_reason_where_there_is_one(answer: bytes) -> None:
    with pytest.raises(StudentError, match=r"^load_splits gave no answer\.$"):
        value_of(_answered(answer), "0", "load_splits raised")
    late = _answered(answer, Outcome.TIMED_OUT, "load_splits did not finish within 60 s and was stopped.")
    with pytest.raises(TimedOut, match="did not finish"):
        value_of(late, "0", "load_splits raised")


def test_what_was_answered_before_a_process_ended_stays() -> None:
    run = _answered(b'{"0": {"value": 3}}', Outcome.KERNEL_DIED, "load_splits was ended by signal 9.")
    assert value_of(run, "0", "load_splits raised") == 3
    with pytest.raises(StudentError, match="signal 9"):
        value_of(run, "1", "load_splits raised")
