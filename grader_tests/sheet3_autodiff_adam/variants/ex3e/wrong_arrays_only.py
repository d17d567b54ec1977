"""Tensors are not expected.

Loses: test_nll_of_tensors, test_nll_changes_nothing_in_place
"""

import numpy as np


def gaussian_nll(y, mean, variance):
    if not isinstance(y, np.ndarray):
        raise TypeError("only arrays")
    return np.mean(0.5 * np.log(2 * np.pi * variance) + (y - mean) ** 2 / (2 * variance))
