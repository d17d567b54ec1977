"""The variance is divided by n − 1, so that a batch of one becomes NaN.

Loses: test_batch_norm_values, test_batch_norm_of_one
"""

import numpy as np


def batch_norm(x, eps=1e-5):
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0, ddof=1) + eps)
