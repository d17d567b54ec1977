"""The argument is overwritten with the result.

Loses: test_sigmoid_derivative_leaves_its_argument_alone
"""

import numpy as np


def sigmoid_derivative(x):
    if isinstance(x, float):
        return sigmoid(x) * sigmoid(-x)
    np.multiply(sigmoid(x), sigmoid(-x), out=x)
    return x
