"""None in the place of the value.

Loses: test_reverse_mode_value
"""

import math


def reverse_mode(x):
    f1 = math.exp(x)
    f3 = f1 + f1**2
    bar3 = math.exp(f3) + math.cos(f3)
    return None, (bar3 + bar3 * 2 * f1) * f1
