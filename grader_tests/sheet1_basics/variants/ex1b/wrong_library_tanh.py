"""NumPy's tanh instead of the sigmoid.

Loses: test_tanh_goes_through_sigmoid, test_tanh_of_large_arguments
"""

import numpy as np


def tanh_from_sigmoid(x):
    return np.tanh(x)
