"""The result is computed and not returned.

Loses: test_sigmoid_values, test_sigmoid_of_a_float, test_sigmoid_is_symmetric, test_sigmoid_of_large_arguments, test_sigmoid_leaves_its_argument_alone
"""

import numpy as np


def sigmoid(x):
    result = 1 / (1 + np.exp(-x))
