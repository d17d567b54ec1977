"""A central difference.

Loses: test_forward_mode_carries_derivatives_along
"""

import math


def function(x):
    inner = math.exp(x) + math.exp(x) ** 2
    return math.exp(inner) + math.sin(inner)


def forward_mode(x):
    h = 1e-5
    return function(x), (function(x + h) - function(x - h)) / (2 * h)
