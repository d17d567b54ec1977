"""The same weights twice, large enough for rounding to look like a difference.

Loses: test_witness_breaks_jensen
"""

import numpy as np


def nonconvexity_witness():
    w = np.array([1e9 / 3, 1e9 / 7, 1e9 / 11, 1e9 / 13])
    return w, w, 0.1
