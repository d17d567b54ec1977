"""Tells by numbers whether an optimizer's steps are those of stochastic gradient descent.

Every step of SGD, with or without momentum (Nesterov's too), dampening, weight decay and a learning rate that changes,
is a linear combination of the gradient, the gradient before, the step before, and the weights, with the same few
factors for all entries of a parameter. Adam and its like scale each entry by a number of its own, which no such
combination gives.

For momentum μ and learning rate η: v ← μv + g and w ← w − ηv, so Δw = −ηg + μΔw' with the step Δw' before; Nesterov's
Δw = −η(1 + μ)g + ημg' + μΔw'.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from sheetgrader.scripts.records import Trace

Array = np.ndarray[Any, Any]

#: Factors of a step: of both gradients, of the step before, of the weights now and then.
_FACTORS: Final = 5
#: Fewer entries than this for each factor prove nothing.
_ENTRIES_PER_FACTOR: Final = 5
#: What a step of SGD may leave unexplained; those of Adam and its like leave a third and more.
_UNEXPLAINED: Final = 0.05
#: What rounding to single precision leaves unexplained, relative to the weights.
_ROUNDING: Final = 4 * float(np.finfo(np.float32).eps)


def moves(traces: Sequence[Trace]) -> bool:
    """Return whether any step changed any weight."""
    return any(bool(np.any(trace.before != trace.after)) for trace in traces)


def are_steps_of_sgd(traces: Sequence[Trace]) -> bool | None:
    """Return whether every optimizer's steps are those of SGD; None where nothing moves, or too few entries were traced
    to tell.
    """
    found = unexplained_by_sgd(traces)
    return None if found is None else found <= _UNEXPLAINED


def unexplained_by_sgd(traces: Sequence[Trace]) -> float | None:
    """Return which part of a typical step is no combination of what SGD's steps are made of: near 0 for SGD, at most 1.

    Of several optimizers the one counts that leaves most; None where nothing moves, or too few entries were traced to
    tell.
    """
    found: dict[int, list[float]] = {}
    for trace in traces:
        found.setdefault(trace.optimizer, []).extend(_unexplained(trace))
    return max((float(np.median(parts)) for parts in found.values() if parts), default=None)


def _unexplained(trace: Trace) -> list[float]:
    if trace.before.shape[1] < _FACTORS * _ENTRIES_PER_FACTOR:
        return []
    steps = trace.after - trace.before
    found: list[float] = []
    for number, step in enumerate(steps):
        causes = [trace.gradients[number], trace.before[number]]
        if number:
            causes += [trace.gradients[number - 1], trace.before[number - 1], steps[number - 1]]
        size = float(np.linalg.norm(step))
        if not np.isfinite(step).all() or not np.isfinite(causes).all() or size == 0:
            continue
        rounding = _ROUNDING * float(np.linalg.norm(trace.before[number]))
        unexplained = _residual(np.stack(causes, axis=1), step) - rounding
        found.append(max(0.0, unexplained) / size)
    return found


def _residual(causes: Array, step: Array) -> float:
    lengths = np.linalg.norm(causes, axis=0)
    scaled = causes / np.where(lengths > 0, lengths, 1)
    factors, *_ = np.linalg.lstsq(scaled, step, rcond=1e-10)
    return float(np.linalg.norm(scaled @ factors - step))
