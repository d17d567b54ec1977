"""The two pieces x ≥ 0 and x < 0 by masks, each with a harmless exponential."""

import numpy as np


def sigmoid(x):
    x = np.asarray(x)
    flat = np.atleast_1d(x).ravel()
    result = np.empty_like(flat)
    positive = flat >= 0
    result[positive] = 1 / (1 + np.exp(-flat[positive]))
    result[~positive] = np.exp(flat[~positive]) / (1 + np.exp(flat[~positive]))
    return result.reshape(x.shape)
