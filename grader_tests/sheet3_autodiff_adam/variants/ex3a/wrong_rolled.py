"""The seed rolls the rows; they are not shuffled.

Loses: test_split_is_random
"""

import numpy as np


def load_and_split(path, seed):
    table = np.roll(np.loadtxt(path, delimiter=",", skiprows=1), seed, axis=0)
    return table[:667, :1], table[:667, 1:], table[667:, :1], table[667:, 1:]
