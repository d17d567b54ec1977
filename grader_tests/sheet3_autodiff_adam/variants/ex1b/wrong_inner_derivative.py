"""The chain rule without the inner derivative of the square.

Loses: test_forward_mode_derivative
"""

import math


def forward_mode(x):
    f1 = math.exp(x)
    f3, df3 = f1 + f1**2, f1 + 2 * f1
    f4 = math.exp(f3)
    return f4 + math.sin(f3), (f4 + math.cos(f3)) * df3
