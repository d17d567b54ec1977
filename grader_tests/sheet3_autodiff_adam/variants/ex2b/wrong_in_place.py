"""The gradient is overwritten.

Loses: test_first_update_changes_nothing_in_place
"""

import numpy as np


def first_adam_update(grad, lr=1e-3, eps=1e-8):
    size = np.abs(grad) + eps
    grad *= -lr
    grad /= size
    return grad
