"""1/cosh², right, but without the sigmoid, and it overflows.

Loses: test_tanh_derivative_goes_through_sigmoid, test_tanh_derivative_of_large_arguments
"""

import numpy as np


def tanh_derivative(x):
    return 1 / np.cosh(x) ** 2
