"""Functions imported by name, arrays of one number each, and exp evaluated three times."""

from math import cos, exp, sin

import numpy as np


def forward_mode(x):
    f1, df1 = exp(x), exp(x)
    f2, df2 = f1**2, 2 * f1 * df1
    f3, df3 = f1 + f2, df1 + df2
    f4 = exp(f3)
    df4 = f4 * df3
    f5, df5 = sin(f3), cos(f3) * df3
    return np.array([f4 + f5]), np.array([df4 + df5])
