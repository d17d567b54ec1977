"""Learning rate and ε that are handed over are ignored.

Loses: test_first_update_is_the_sign, test_first_update_near_epsilon
"""

import numpy as np


def first_adam_update(grad, lr=1e-3, eps=1e-8):
    return -1e-3 * grad / (np.abs(grad) + 1e-8)
