"""What a script's process says that it trained; see :mod:`sheetgrader.inside.training_record`, which writes it."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

import msgspec
import numpy as np

from sheetgrader.boundary.fingerprints import SIZE, Fingerprints
from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.boundary.trainings import (
    FIRST_EXAMPLES,
    TRACED_ENTRIES,
    TRACED_OPTIMIZERS,
    TRACED_STEPS,
    TRACED_TENSORS,
)

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Classes = np.ndarray[Any, np.dtype[np.int32]]

_BYTES_PER_NUMBER: Final = 8
_BYTES_PER_EXAMPLE: Final = 4 * (SIZE + 1)
_MOST_TRACES: Final = TRACED_OPTIMIZERS * TRACED_TENSORS
#: Three tables of numbers for each traced tensor, and the examples, in base 64, and some room for the rest.
LONGEST_RECORD: Final = 2 * (
    3 * _MOST_TRACES * TRACED_STEPS * TRACED_ENTRIES * _BYTES_PER_NUMBER + FIRST_EXAMPLES * _BYTES_PER_EXAMPLE
) + (64 << 10)

_LONGEST_NAME: Final = 100
_MOST_OPTIMIZERS: Final = 10


class Trace(msgspec.Struct, frozen=True):
    """Some entries of one parameter around the first steps of one optimizer; each table has one row a step."""

    shape: tuple[int, ...]
    before: Numbers
    #: The gradient that the optimizer found.
    gradients: Numbers
    after: Numbers
    #: Which of the optimizers it is, in the order of their first steps.
    optimizer: int = 0


class FirstExamples(msgspec.Struct, frozen=True):
    """The first examples that were trained on, each as often as it was."""

    #: Finite, shape (n, 8); see :mod:`sheetgrader.boundary.fingerprints`.
    fingerprints: Fingerprints
    #: The class whose score the loss pushed up, shape (n,); negative where it was not that of one class alone.
    classes: Classes


class TrainingRecord(msgspec.Struct, frozen=True):
    """What was trained: a claim by the script's own process."""

    #: Steps by the class of the optimizer that took them.
    steps: dict[str, int]
    #: Examples whose gradient flowed back, each as often as it did.
    examples: int
    largest_batch: int
    #: Backward passes that began while the gradient of an earlier step was still there.
    leftover_gradients: int
    traces: tuple[Trace, ...]
    first_examples: FirstExamples
    #: The GPU's name and the most of its memory that was taken; empty where none was used.
    gpu: str = ""
    gpu_bytes: int = 0

    @property
    def total_steps(self) -> int:
        """Steps of all optimizers together."""
        return sum(self.steps.values())


class _CodedTrace(msgspec.Struct):
    optimizer: int
    shape: tuple[int, ...]
    entries: int
    before: str
    gradients: str
    after: str


class _CodedExamples(msgspec.Struct, frozen=True):
    fingerprints: str = ""
    classes: str = ""


class _CodedRecord(msgspec.Struct):
    steps: dict[str, int]
    examples: int
    largest_batch: int
    leftover_gradients: int
    traces: list[_CodedTrace]
    first_examples: _CodedExamples = _CodedExamples()
    gpu: str = ""
    gpu_bytes: int = 0


def read_record(content: bytes) -> TrainingRecord | None:
    """Return the record that ``content`` holds; None where it holds none, whatever it is."""
    try:
        coded = msgspec.json.decode(content, type=_CodedRecord)
        traces = tuple(_decode(trace) for trace in coded.traces[:_MOST_TRACES])
        examples = _decode_examples(coded.first_examples)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    # Names go into sentences.
    steps = {plain_text(name, _LONGEST_NAME): count for name, count in list(coded.steps.items())[:_MOST_OPTIMIZERS]}
    gpu = plain_text(coded.gpu, _LONGEST_NAME)
    return TrainingRecord(
        steps, coded.examples, coded.largest_batch, coded.leftover_gradients, traces, examples, gpu, coded.gpu_bytes
    )


def _decode(trace: _CodedTrace) -> Trace:
    before, gradients, after = (_table(text, trace.entries) for text in (trace.before, trace.gradients, trace.after))
    if not before.shape == gradients.shape == after.shape:
        raise ValueError("tables of different lengths")
    return Trace(trace.shape, before, gradients, after, trace.optimizer)


def _decode_examples(coded: _CodedExamples) -> FirstExamples:
    found = np.frombuffer(_bytes(coded.fingerprints), dtype="<f4").reshape(-1, SIZE)
    classes = np.frombuffer(_bytes(coded.classes), dtype="<i4")
    if len(found) != len(classes) or len(classes) > FIRST_EXAMPLES or not np.isfinite(found).all():
        raise ValueError("no examples with a class each")
    return FirstExamples(found, classes)


def _table(text: str, entries: int) -> Numbers:
    numbers = np.frombuffer(_bytes(text), dtype="<f8")
    if not 0 < entries <= TRACED_ENTRIES:
        raise ValueError("a wrong number of entries")
    return numbers.reshape(-1, entries)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("no base 64") from None
