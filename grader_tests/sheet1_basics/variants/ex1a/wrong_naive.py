"""The definition as it stands, which overflows for large negative arguments.

Loses: test_sigmoid_of_large_arguments
"""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))
