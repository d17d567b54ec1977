"""Another split in each call, whatever the seed.

Loses: test_split_follows_the_seed
"""

import numpy as np


def load_and_split(path, seed):
    table = np.random.default_rng().permutation(np.loadtxt(path, delimiter=",", skiprows=1))
    return table[:667, :1], table[:667, 1:], table[667:, :1], table[667:, 1:]
