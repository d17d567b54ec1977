"""By the hyperbolic tangent, which NumPy keeps from overflowing."""

import numpy as np


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * np.array(x)))
