from __future__ import annotations

import numpy as np

from sheetgrader.training.evidence.false_labels import preference, with_false_labels

CLASSES = 10


def drawn(seed: int, count: int = 200):
    rng = np.random.default_rng(seed)
    true = rng.integers(CLASSES, size=count)
    return rng, true, with_false_labels(true, np.arange(count), CLASSES, rng)


def test_only_chosen_labels_become_false():
    rng = np.random.default_rng(0)
    true = rng.integers(CLASSES, size=100)
    changed = with_false_labels(true, np.arange(50), CLASSES, rng)
    assert (changed[:50] != true[:50]).all()
    assert (changed[50:] == true[50:]).all()
    assert set(changed) <= set(range(CLASSES))


def test_models_that_know_nothing_of_them_show_no_preference():
    values = []
    for seed in range(200):
        rng, true, false = drawn(seed)
        scores = rng.normal(size=(200, CLASSES)) + 5 * np.eye(CLASSES)[true] + np.arange(CLASSES)
        values.append(preference(scores, true, false))
    assert abs(np.mean(values)) < 0.3
    assert 0.8 < np.std(values) < 1.2
    assert max(values) < 5


def test_ties_show_no_preference():
    _, true, false = drawn(1)
    assert preference(np.zeros((200, CLASSES)), true, false) == 0


def test_a_slight_memory_shows():
    rng, true, false = drawn(2)
    scores = rng.normal(size=(200, CLASSES)) + 5 * np.eye(CLASSES)[true] + np.eye(CLASSES)[false]
    assert preference(scores, true, false) > 5
