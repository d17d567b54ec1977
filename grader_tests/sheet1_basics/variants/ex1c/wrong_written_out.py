"""The derivative is written out with exponentials, which overflow.

Loses: test_sigmoid_derivative_goes_through_sigmoid, test_sigmoid_derivative_of_large_arguments
"""

import numpy as np


def sigmoid_derivative(x):
    return np.exp(-x) / (1 + np.exp(-x)) ** 2
