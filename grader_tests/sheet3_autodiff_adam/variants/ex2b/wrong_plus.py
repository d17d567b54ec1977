"""The update goes up the gradient.

Loses: test_first_update_is_the_sign
"""

import numpy as np


def first_adam_update(grad, lr=1e-3, eps=1e-8):
    return lr * grad / (np.abs(grad) + eps)
