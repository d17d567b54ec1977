"""The sigmoid is called, but its result is not used.

Loses: test_tanh_goes_through_sigmoid, test_tanh_of_large_arguments
"""

import numpy as np


def tanh_from_sigmoid(x):
    sigmoid(2 * x)
    return np.tanh(x)
