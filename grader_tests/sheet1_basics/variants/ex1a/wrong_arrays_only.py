"""Indexing with a mask, which a float does not allow.

Loses: test_sigmoid_of_a_float
"""

import numpy as np


def sigmoid(x):
    result = np.zeros(x.shape)
    result[x >= 0] = 1 / (1 + np.exp(-x[x >= 0]))
    result[x < 0] = 1 - 1 / (1 + np.exp(x[x < 0]))
    return result
