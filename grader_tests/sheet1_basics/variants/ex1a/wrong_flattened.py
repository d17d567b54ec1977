"""Arrays of more than one axis come back flat.

Loses: test_sigmoid_values, test_sigmoid_of_large_arguments, test_sigmoid_leaves_its_argument_alone
"""

import numpy as np


def sigmoid(x):
    flat = np.ravel(x)
    return np.exp(-np.maximum(-flat, 0)) / (1 + np.exp(-np.abs(flat)))
