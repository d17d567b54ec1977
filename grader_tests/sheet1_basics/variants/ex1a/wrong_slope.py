"""A sigmoid of another slope: symmetric and stable, but not the one that was asked for.

Loses: test_sigmoid_values
"""

import numpy as np


def sigmoid(x):
    return 0.5 * (1 + np.tanh(x))
