"""Divided by the absolute value alone: 0/0 where the gradient is 0.

Loses: test_first_update_of_zero, test_first_update_near_epsilon
"""

import numpy as np


def first_adam_update(grad, lr=1e-3, eps=1e-8):
    return -lr * grad / np.abs(grad)
