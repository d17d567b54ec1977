"""np.where computes both branches, so the one that is not needed still overflows.

Loses: test_sigmoid_of_large_arguments
"""

import numpy as np


def sigmoid(x):
    return np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x)))
