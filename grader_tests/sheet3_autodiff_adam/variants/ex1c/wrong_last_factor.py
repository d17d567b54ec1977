"""The derivative with respect to f1, not to x.

Loses: test_reverse_mode_derivative
"""

import math


def reverse_mode(x):
    f1 = math.exp(x)
    f3 = f1 + f1**2
    f4 = math.exp(f3)
    bar3 = f4 + math.cos(f3)
    return f4 + math.sin(f3), bar3 + bar3 * 2 * f1
