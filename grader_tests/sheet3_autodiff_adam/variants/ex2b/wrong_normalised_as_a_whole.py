"""Divided by the norm of the whole gradient.

Loses: test_first_update_is_the_sign, test_first_update_near_epsilon
"""

import numpy as np


def first_adam_update(grad, lr=1e-3, eps=1e-8):
    return -lr * grad / (np.linalg.norm(grad) + eps)
