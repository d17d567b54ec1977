"""A central difference from one call of the function with three numbers.

Loses: test_forward_mode_carries_derivatives_along
"""

import numpy as np


def forward_mode(x):
    h = 1e-5
    e = np.exp(np.array([x - h, x, x + h]))
    inner = e + e**2
    y = np.exp(inner) + np.sin(inner)
    return y[1], (y[2] - y[0]) / (2 * h)
