"""A closed formula that computes every exponential again.

Loses: test_forward_mode_carries_derivatives_along
"""

import math


def forward_mode(x):
    y = math.exp(math.exp(x) + math.exp(2 * x)) + math.sin(math.exp(x) + math.exp(2 * x))
    outer = math.exp(math.exp(x) + math.exp(2 * x)) + math.cos(math.exp(x) + math.exp(2 * x))
    return y, outer * (math.exp(x) + 2 * math.exp(2 * x))
