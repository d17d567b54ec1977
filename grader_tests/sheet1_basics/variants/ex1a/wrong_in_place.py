"""The exponents are written into the argument.

Loses: test_sigmoid_leaves_its_argument_alone
"""

import numpy as np


def sigmoid(x):
    x = np.asarray(x)
    positive = x >= 0
    np.abs(x, out=x)
    x *= -1
    decay = np.exp(x)
    return np.where(positive, 1, decay) / (1 + decay)
