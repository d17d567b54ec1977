"""With a ridge on the diagonal, as in regularised regression.

Loses: test_hessian_values, test_hessian_is_singular
"""

import numpy as np


def mse_hessian(X):
    return 2 * (X.T @ X + np.eye(X.shape[1]))
