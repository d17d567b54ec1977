"""The derivative comes first.

Loses: test_forward_mode_value, test_forward_mode_derivative
"""

import math


def forward_mode(x):
    f1 = math.exp(x)
    f3, df3 = f1 + f1**2, f1 + 2 * f1**2
    f4 = math.exp(f3)
    return (f4 + math.cos(f3)) * df3, f4 + math.sin(f3)
