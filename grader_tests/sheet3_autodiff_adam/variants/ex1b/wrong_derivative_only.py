"""Only the derivative is returned.

Loses: test_forward_mode_value, test_forward_mode_derivative, test_forward_mode_carries_derivatives_along
"""

import math


def forward_mode(x):
    f1 = math.exp(x)
    f3, df3 = f1 + f1**2, f1 + 2 * f1**2
    return (math.exp(f3) + math.cos(f3)) * df3
