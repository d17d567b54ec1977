"""Without bias correction the step is 3.16 times as long.

Loses: test_first_update_is_the_sign, test_first_update_near_epsilon
"""

import numpy as np


def first_adam_update(grad, lr=1e-3, eps=1e-8):
    return -lr * 0.1 * grad / (np.sqrt(0.001 * grad**2) + eps)
