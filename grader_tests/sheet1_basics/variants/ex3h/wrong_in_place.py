"""The argument itself is centred.

Loses: test_batch_norm_leaves_its_argument_alone
"""

import numpy as np


def batch_norm(x, eps=1e-5):
    x -= x.mean(axis=0)
    return x / np.sqrt(x.var(axis=0) + eps)
