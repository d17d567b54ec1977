"""Two weight vectors only.

Loses: test_witness_form, test_witness_breaks_jensen
"""

import numpy as np


def nonconvexity_witness():
    return np.array([1.0, -1, 1, 1]), np.array([-1.0, 1, 1, 1])
