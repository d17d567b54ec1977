"""Only the second derivatives with respect to each weight by itself.

Loses: test_hessian_values, test_hessian_is_singular
"""

import numpy as np


def mse_hessian(X):
    return np.diag(2 * (X**2).sum(axis=0))
