"""Infinite weights.

Loses: test_witness_form, test_witness_breaks_jensen
"""

import numpy as np


def nonconvexity_witness():
    return np.full(4, np.inf), np.full(4, np.nan), 0.5
