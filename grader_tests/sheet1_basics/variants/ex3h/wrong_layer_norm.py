"""Each example is normalised over its features.

Loses: test_batch_norm_values, test_batch_norm_of_one, test_batch_norm_eps
"""

import numpy as np


def batch_norm(x, eps=1e-5):
    return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + eps)
