"""The second contribution to an adjoint replaces the first one.

Loses: test_reverse_mode_derivative
"""

import math


def reverse_mode(x):
    f1 = math.exp(x)
    f2 = f1**2
    f3 = f1 + f2
    f4 = math.exp(f3)
    y = f4 + math.sin(f3)
    bar3 = f4 + math.cos(f3)
    bar2 = bar3
    bar1 = bar2 * 2 * f1
    return y, bar1 * f1
