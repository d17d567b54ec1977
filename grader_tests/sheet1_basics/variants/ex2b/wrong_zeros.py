"""Zeros of the right shape.

Loses: test_hessian_values, test_hessian_is_positive_definite, test_hessian_is_singular
"""

import numpy as np


def mse_hessian(X):
    return np.zeros((X.shape[1], X.shape[1]))
