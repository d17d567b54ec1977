"""σ(x)² exp(−x): right, but not from the sigmoid alone, and it overflows.

Loses: test_sigmoid_derivative_goes_through_sigmoid, test_sigmoid_derivative_of_large_arguments
"""

import numpy as np


def sigmoid_derivative(x):
    return sigmoid(x) ** 2 * np.exp(-x)
