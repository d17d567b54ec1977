"""The sign alone, without ε.

Loses: test_first_update_near_epsilon
"""

import numpy as np


def first_adam_update(grad, lr=1e-3, eps=1e-8):
    return -lr * np.sign(grad)
