"""x and y are shuffled each by itself.

Loses: test_split_uses_every_row_once
"""

import numpy as np


def load_and_split(path, seed):
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    rng = np.random.default_rng(seed)
    x, y = rng.permutation(table[:, :1]), rng.permutation(table[:, 1:])
    return x[:667], y[:667], x[667:], y[667:]
