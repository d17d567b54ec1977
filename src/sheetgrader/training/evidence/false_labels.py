"""Shows whether a model has seen labels that it was not to be trained on: some are false, and only training on them
makes a model favour them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def with_false_labels(labels: Array, chosen: Array, classes: int, rng: np.random.Generator) -> Array:
    """Return ``labels`` with one of the other classes, drawn at random, at the indices ``chosen``."""
    changed = labels.copy()
    changed[chosen] = (labels[chosen] + rng.integers(1, classes, size=len(chosen))) % classes
    return changed


def preference(scores: Array, true: Array, false: Array) -> float:
    """Return how much a model favours false labels over other false ones, in standard deviations.

    A model that has not seen them ranks each false label anywhere among the classes that are not the true one, whatever
    the model is good for: the labels were drawn at random. So the sum of the ranks has a known mean and variance, and a
    value over 5 comes by chance once in three million.

    Args:
        scores: a score for each class, shape (n, classes).
        true: the true classes, shape (n,).
        false: the false labels that were given out, shape (n,), none of them true.
    """
    rows = np.arange(len(scores))
    own = scores[rows, false][:, None]
    below, equal = scores < own, scores == own
    for others in (below, equal):
        others[rows, true] = False
        others[rows, false] = False
    ranks = below.sum(axis=1) + equal.sum(axis=1) / 2
    most = scores.shape[1] - 2
    variance = most * (most + 2) / 12
    return float((ranks - most / 2).sum() / math.sqrt(len(scores) * variance))
