"""Reads what a script and its functions left, whatever it is."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

import numpy as np
from numpy.lib import format as npy

from sheetgrader.boundary import untrusted_json
from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.boundary.trainings import ANSWER
from sheetgrader.graders.failures import BadValue, Wrong, raised
from sheetgrader.scripts.run import ScriptRun

Array = np.ndarray[Any, np.dtype[Any]]

METRICS: Final = "metrics.json"
#: Room for a hundred thousand epochs.
_LONGEST_METRICS: Final = 16 << 20
_MOST_EPOCHS: Final = 100_000
#: Curves and numbers that are kept of one run.
_MOST_NAMES: Final = 50
_LONGEST_NAME: Final = 100
_LARGEST_INTEGER: Final = 1 << 53
_READ_HEADER: Final = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


@dataclass(frozen=True)
class Metrics:
    """What ``metrics.json`` holds; whether it holds what it has to is a question of its own."""

    #: Plain values of any type, as they came.
    found: Mapping[str, Any]
    numbers: Mapping[str, float]
    #: The numbers in its history, one for each epoch.
    curves: Mapping[str, tuple[float, ...]]

    def number(self, name: str) -> float | None:
        """Return what is reported under ``name``; None where that is no number."""
        value = self.found.get(name)
        return float(value) if _is_number(value) else None

    def accuracy(self, part: str) -> float | None:
        """Return what is reported for a part of the data as a share, also where it is given in percent."""
        value = self.number(f"{part}_accuracy")
        return value if value is None or not 1 < value <= 100 else value / 100


def metrics_of(run: ScriptRun) -> Metrics:
    """Return what a run reports.

    Raises:
        StudentError: it left no ``metrics.json``.
        Wrong: that is no JSON object, or too large.
    """
    content = run.file(METRICS)
    if len(content) > _LONGEST_METRICS:
        raise Wrong(f"metrics.json has more than {_LONGEST_METRICS:,} bytes.")
    try:
        found = untrusted_json.read(content)
    except ValueError:
        raise Wrong("metrics.json is no JSON, or nested too deeply.") from None
    if not isinstance(found, dict):
        raise Wrong("metrics.json holds no JSON object.")
    shown = list(found.items())[:_MOST_NAMES]
    numbers = {plain_text(name, _LONGEST_NAME): float(value) for name, value in shown if _is_number(value)}
    history = found.get("history")
    return Metrics(found, numbers, _curves(history[:_MOST_EPOCHS]) if isinstance(history, list) else {})


def _curves(history: list[Any]) -> Mapping[str, tuple[float, ...]]:
    # An entry may be a number as well as an object with several.
    are_objects = all(isinstance(entry, dict) for entry in history)
    entries = history if are_objects else [{"history": entry} for entry in history]
    names = [name for name in entries[0] if name != "epoch"][:_MOST_NAMES] if entries else []
    return {
        plain_text(name, _LONGEST_NAME): tuple(float(entry[name]) for entry in entries)
        for name in names
        if all(_is_number(entry.get(name)) for entry in entries)
    }


def _is_number(value: Any) -> TypeGuard[float]:
    # A number that diverged is one, too; an integer may have more digits than any float.
    return isinstance(value, float) or (
        isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST_INTEGER
    )


def value_of(run: ScriptRun, call: str, failing: str) -> Any:
    """Return what a call of one of a script's functions gave: plain values, of any type.

    Args:
        run: of :mod:`sheetgrader.inside.script_answers`.
        call: which of its calls.
        failing: how a sentence about an exception begins.

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
        raise BadValue(f"{run.command[0]} gave no answer.") from None
    raise raised(kind, text)(f"{failing} {kind}: {text}." if text else f"{failing} {kind}.")


def array_of(run: ScriptRun, *words: object) -> Array | None:
    """Return an array of plain numbers, not an archive of some, whose declared size is that of its bytes; None where
    the file of that name is anything else.
    """
    content = run.output.files.get(f"{'_'.join(map(str, words))}.npy", b"")
    stream = io.BytesIO(content)
    try:
        shape, is_fortran, kind = _READ_HEADER[npy.read_magic(stream)](stream)
        if kind.kind not in "iuf" or kind.itemsize * math.prod(shape) != len(content) - stream.tell():
            return None
        return np.frombuffer(content, kind, offset=stream.tell()).reshape(shape, order="F" if is_fortran else "C")
    except Exception:  # noqa: BLE001  # NumPy evaluates a header as Python, which fails in many ways
        return None
