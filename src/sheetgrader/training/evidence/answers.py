"""Reads what :mod:`sheetgrader.inside.script_answers` left, whatever it is."""

from __future__ import annotations

import io
import math
from typing import Any, Final

import numpy as np
from numpy.lib import format as npy

from sheetgrader.boundary import untrusted_json
from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.boundary.trainings import ANSWER, IMPORT
from sheetgrader.graders.failures import BadValue, raised
from sheetgrader.scripts.run import ScriptRun

Array = np.ndarray[Any, np.dtype[Any]]

_READ_HEADER: Final = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
_LONGEST_NAME: Final = 100


def value_of(run: ScriptRun, function: str, call: str) -> Any:
    """Return what a call of one of a script's functions gave: plain values, of any type.

    Raises:
        StudentError: it raised, or gave nothing.
    """
    try:
        answer = untrusted_json.read(run.output.files[ANSWER])[call]
        if "value" in answer:
            return answer["value"]
        kind, text = plain_text(answer["raised"], _LONGEST_NAME), plain_text(answer["text"])
    except (KeyError, TypeError, ValueError, AttributeError):
        run.check()
        raise BadValue(f"{function} gave no answer.") from None
    told = f"{kind}: {text}" if text else kind
    raise raised(kind, text)(f"{told}." if function == IMPORT else f"{function} raised {told}.")


def array_of(run: ScriptRun, name: str) -> Array | None:
    """Return an array of plain numbers, not an archive of some, whose declared size is that of its bytes; None where
    the file is anything else.
    """
    content = run.output.files.get(name, b"")
    stream = io.BytesIO(content)
    try:
        shape, is_fortran, kind = _READ_HEADER[npy.read_magic(stream)](stream)
        if kind.kind not in "iuf" or kind.itemsize * math.prod(shape) != len(content) - stream.tell():
            return None
        return np.frombuffer(content, kind, offset=stream.tell()).reshape(shape, order="F" if is_fortran else "C")
    except Exception:  # noqa: BLE001  # NumPy evaluates a header as Python, which fails in many ways
        return None
