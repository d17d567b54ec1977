from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier

from sheetgrader.inside import torchvision_operators
from sheetgrader.training.evidence.small_data import FASHION_MNIST, MNIST, make_small_data

torchvision_operators.install()


@pytest.mark.parametrize("name", [FASHION_MNIST, MNIST])
def test_torchvision_reads_what_is_written(tmp_path, name):
    from torchvision import datasets

    data = make_small_data(5, train=70, test=30)
    data.write(tmp_path, name=name)
    for is_training, images, labels in (
        (True, data.train_images, data.train_labels),
        (False, data.test_images, data.test_labels),
    ):
        found = getattr(datasets, name)(tmp_path, train=is_training, download=True)
        assert np.array_equal(found.data.numpy(), images)
        assert np.array_equal(found.targets.numpy(), labels)


def test_the_seed_decides():
    first, second, other = (make_small_data(seed, train=20, test=10).files() for seed in (1, 1, 2))
    assert first == second
    assert all(first[name] != other[name] for name in first)


def test_a_linear_model_learns_it_and_what_it_learns_holds_for_the_test_set():
    data = make_small_data(7, train=600, test=300)
    model = RidgeClassifier(alpha=1e4).fit(data.train_images.reshape(600, -1), data.train_labels)
    assert model.score(data.test_images.reshape(300, -1), data.test_labels) > 0.9
    shuffled = np.random.default_rng(0).permutation(data.train_labels)
    model = RidgeClassifier(alpha=1e4).fit(data.train_images.reshape(600, -1), shuffled)
    assert model.score(data.test_images.reshape(300, -1), data.test_labels) < 0.4


def test_some_images_occur_twice():
    data = make_small_data(3, train=50, test=10)
    assert len(np.unique(data.train_images.reshape(50, -1), axis=0)) == 47
    assert set(data.train_labels) <= set(range(10))
