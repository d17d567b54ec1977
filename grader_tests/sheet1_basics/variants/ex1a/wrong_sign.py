"""The minus in the exponent is missing.

Loses: test_sigmoid_values, test_sigmoid_is_symmetric, test_sigmoid_of_large_arguments
"""

import numpy as np


def sigmoid(x):
    return np.exp(-np.maximum(x, 0)) / (1 + np.exp(-np.abs(x)))
