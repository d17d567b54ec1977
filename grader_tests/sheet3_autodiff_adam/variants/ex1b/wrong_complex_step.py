"""The imaginary part of a complex step.

Loses: test_forward_mode_carries_derivatives_along
"""

import cmath


def forward_mode(x):
    e = cmath.exp(complex(x, 1e-30))
    inner = e + e * e
    y = cmath.exp(inner) + cmath.sin(inner)
    return y.real, y.imag / 1e-30
