"""Mean and variance of all numbers together.

Loses: test_batch_norm_values, test_batch_norm_of_one, test_batch_norm_eps
"""

import numpy as np


def batch_norm(x, eps=1e-5):
    return (x - np.mean(x)) / np.sqrt(np.var(x) + eps)
