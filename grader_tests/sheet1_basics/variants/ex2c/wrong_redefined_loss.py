"""The loss is defined anew, so that the inequality breaks.

Loses: test_witness_breaks_jensen
"""

import numpy as np


def tiny_network_loss(w):
    return -float(np.sum(np.asarray(w) ** 2))


def nonconvexity_witness():
    return np.array([1.0, -1, 1, 1]), np.array([1.0, -1, 2, 2]), 0.5
