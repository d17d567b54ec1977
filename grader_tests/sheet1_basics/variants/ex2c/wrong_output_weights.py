"""Only the output weights differ, in which the loss is convex.

Loses: test_witness_breaks_jensen
"""

import numpy as np


def nonconvexity_witness():
    return np.array([1.0, -1, 3, -2]), np.array([1.0, -1, -1, 5]), 0.5
