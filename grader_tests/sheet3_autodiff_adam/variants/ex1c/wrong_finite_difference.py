"""A one-sided difference.

Loses: test_reverse_mode_derivative, test_reverse_mode_carries_adjoints_back
"""

import numpy as np


def function(x):
    e = np.exp(x)
    return np.exp(e + e**2) + np.sin(e + e**2)


def reverse_mode(x):
    return function(x), (function(x + 1e-4) - function(x)) / 1e-4
