"""The same split for every seed.

Loses: test_split_is_random
"""

import numpy as np


def load_and_split(path, seed):
    table = np.random.default_rng(0).permutation(np.loadtxt(path, delimiter=",", skiprows=1))
    return table[:667, :1], table[:667, 1:], table[667:, :1], table[667:, 1:]
