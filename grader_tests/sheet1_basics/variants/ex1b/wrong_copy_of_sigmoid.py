"""The formula of the sigmoid is written out again, with its overflow.

Loses: test_tanh_goes_through_sigmoid, test_tanh_of_large_arguments
"""

import numpy as np


def tanh_from_sigmoid(x):
    return 2 / (1 + np.exp(-2 * x)) - 1
