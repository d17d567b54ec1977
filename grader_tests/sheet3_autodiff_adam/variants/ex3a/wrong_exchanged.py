"""Training and test set exchanged.

Loses: test_split_sizes
"""

import numpy as np


def load_and_split(path, seed):
    table = np.random.default_rng(seed).permutation(np.loadtxt(path, delimiter=",", skiprows=1))
    return table[667:, :1], table[667:, 1:], table[:667, :1], table[:667, 1:]
