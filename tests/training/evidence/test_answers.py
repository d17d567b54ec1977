"""What a script's functions gave is read as what nobody vouches for."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest

from sheetgrader.boundary.trainings import ANSWER, IMPORT
from sheetgrader.graders.failures import OutOfMemory, Raised, StudentError, TimedOut
from sheetgrader.results import Outcome
from sheetgrader.sandbox.work_folder import FolderContent
from sheetgrader.scripts.run import ScriptRun
from sheetgrader.training.evidence.answers import array_of, value_of


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
    found = array_of(_left(a=_npy(array)), "a.npy")
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
    assert array_of(_left(a=content), "a.npy") is None
    assert array_of(_left(), "a.npy") is None


def test_a_call_s_value_comes_back() -> None:
    assert value_of(_answered(b'{"0": {"value": [1, "a"]}}'), "load_splits", "0") == [1, "a"]


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
        value_of(_answered(answer), "load_splits", "0")
    assert str(caught.value).startswith(sentence)
    assert len(str(caught.value)) < 500


def test_what_an_import_raised_stands_for_itself() -> None:
    answer = b'{"written": {"raised": "SystemExit", "text": "2"}}'
    with pytest.raises(Raised, match=r"^SystemExit: 2\.$"):
        value_of(_answered(answer), IMPORT, "written")


@pytest.mark.parametrize(
    "answer",
    [b"", b"[]", b"{}", b'{"0": []}', b'{"0": {"raised": 3, "text": ""}}', b'{"0": "value"}', b"[" * 900 + b"]" * 900],
)
def test_no_answer_is_a_sentence_with_the_reason_where_there_is_one(answer: bytes) -> None:
    with pytest.raises(StudentError, match=r"^load_splits gave no answer\.$"):
        value_of(_answered(answer), "load_splits", "0")
    late = _answered(answer, Outcome.TIMED_OUT, "load_splits did not finish within 60 s and was stopped.")
    with pytest.raises(TimedOut, match="did not finish"):
        value_of(late, "load_splits", "0")


def test_what_was_answered_before_a_process_ended_stays() -> None:
    run = _answered(b'{"0": {"value": 3}}', Outcome.KERNEL_DIED, "load_splits was ended by signal 9.")
    assert value_of(run, "load_splits", "0") == 3
    with pytest.raises(StudentError, match="signal 9"):
        value_of(run, "load_splits", "1")
