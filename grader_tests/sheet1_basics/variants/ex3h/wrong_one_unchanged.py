"""A batch of one comes back as it is.

Loses: test_batch_norm_of_one
"""

import numpy as np


def batch_norm(x, eps=1e-5):
    if len(x) == 1:
        return x
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)
