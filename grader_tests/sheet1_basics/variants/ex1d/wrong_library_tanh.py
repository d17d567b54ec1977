"""NumPy's tanh instead of the student's own functions.

Loses: test_tanh_derivative_goes_through_sigmoid, test_tanh_derivative_of_large_arguments
"""

import numpy as np


def tanh_derivative(x):
    return 1 - np.tanh(x) ** 2
