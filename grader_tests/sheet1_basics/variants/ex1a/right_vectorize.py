"""np.vectorize over a function of one number."""

import math

import numpy as np


@np.vectorize
def sigmoid(x):
    small = math.exp(-abs(x))
    return 1 / (1 + small) if x >= 0 else small / (1 + small)
