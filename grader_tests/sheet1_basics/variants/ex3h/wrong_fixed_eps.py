"""eps is always 1e-5.

Loses: test_batch_norm_eps
"""

import numpy as np


def batch_norm(x, eps=1e-5):
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)
