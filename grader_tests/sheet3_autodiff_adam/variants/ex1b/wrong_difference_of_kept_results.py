"""A finite difference of a function that keeps its results.

Loses: test_forward_mode_carries_derivatives_along
"""

import functools
import math


@functools.lru_cache(None)
def value_at(x):
    inner = math.exp(x) + math.exp(x) ** 2
    return math.exp(inner) + math.sin(inner)


def forward_mode(x, h=1e-6):
    return value_at(x), (value_at(x + h) - value_at(x - h)) / (2 * h)
