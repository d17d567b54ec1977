"""How much the process that grades grows by one submission, with the limits that a course has where it sets none."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import pytest

from sheetgrader.items import GradedSubmission, GradingLimits

#: With what a worker has anyway, this is less than a gigabyte and a half.
_MOST_BYTES = 1_200 << 20
_LIMITS = {name: getattr(GradingLimits(), name) for name in ("output_bytes", "notebook_output_bytes", "value_bytes")}
_GRADER = '''
from sheetgrader import assert_close, criterion

@criterion("ex1")
def test_one(student):
    """one() is 1."""
    assert_close(student.one(), 1)
'''
_SEND = """
import json
kernel = get_ipython().kernel
def parts(kind, parent):
    message = kernel.session.msg(kind, {}, parent=parent)
    return [json.dumps(message[part], default=str).encode() for part in ("header", "parent_header", "metadata")]
def display(text):
    frames = parts("display_data", kernel.get_parent())
    kernel.iopub_socket.send_multipart([b"display_data", b"<IDS|MSG>", b"", *frames, text])
"""
_FORGE = """
original = kernel.session.send
def send(stream, kind, content=None, parent=None, ident=None, **keywords):
    if kind != "probe_reply":
        return original(stream, kind, content, parent=parent, ident=ident, **keywords)
    stream.send_multipart([*ident, b"<IDS|MSG>", b"", *parts(kind, parent), TEXT])
kernel.session.send = send
"""


def _displays(text: str) -> str:
    return f'for _ in range(3): display(b\'{{"data": {{"application/json": \' + {text} + b\'}}, "metadata": {{}}}}\')'


def _forged(value: str) -> str:
    text = f'b\'{{"status": "ok", "value": \' + {value} + b\'}}\''
    return _FORGE.replace("TEXT", text)


_CODE = {
    "dicts": [_displays('b"[" + b"{}," * 1_900_000 + b"0]"')] * 3,
    "dicts, fewer": [_displays('b"[" + b"{}," * 7_000 + b"0]"')] * 30,
    "halves": [_displays('b"[" + b\'"\\\\ud800",\' * 900_000 + b"0]"')] * 3,
    "digits": [_displays('b"[" + (b"9" * 4000 + b",") * 10_000 + b"0]"')] * 3,
    "wide text": ["print('a' * 60_000_000 + '\\U0001f600')"] * 3,
    "lines": ["print('a\\n' * 2_000_000)"] * 30,
    "controls": ["print('\\x00' * 3_000_000)"] * 30,
    "full cells": ["print('abcdefg' * 600_000)"] * 100,
    "forged lists": [_forged('b\'{"$": "list", "items": [\' + b"[]," * 1_990_000 + b"0]}"')],
    "forged text": [_forged("b'\"' + b'a' * 78_000_000 + '\\U0001f600'.encode() + b'\"'")],
}


def _highest_size() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:"))


@pytest.mark.slow
@pytest.mark.parametrize("kind", _CODE)
def test_no_submission_takes_a_gigabyte_and_a_half(kind: str, grade: Callable[..., GradedSubmission]) -> None:
    cells = [
        ("before", _SEND),
        ("ex1_code", "def one():\n    return 1"),
        *((f"cell{number}", code) for number, code in enumerate(_CODE[kind])),
        ("ex1_test", "# judged"),
    ]
    gc.collect()
    # Writing 5 sets the highest size so far back to the present one (proc(5)).
    Path("/proc/self/clear_refs").write_text("5")
    before = _highest_size()
    graded = grade(cells, _GRADER, **_LIMITS, cell_seconds=30.0, call_seconds=30.0, submission_seconds=120.0)
    assert _highest_size() - before < _MOST_BYTES
    (notebook,) = graded.notebooks
    assert len(notebook.content) < 64 << 20
    if not kind.startswith("forged"):
        assert graded.result.points == 1.0
        assert b"the output was cut here" in notebook.content
