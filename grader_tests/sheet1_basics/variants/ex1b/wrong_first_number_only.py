"""The derivation for one number, applied to the first one of an array.

Loses: test_tanh_values, test_tanh_goes_through_sigmoid, test_tanh_of_large_arguments, test_tanh_leaves_its_argument_alone
"""

import numpy as np


def tanh_from_sigmoid(x):
    return 2 * sigmoid(2 * float(np.ravel(x)[0])) - 1
