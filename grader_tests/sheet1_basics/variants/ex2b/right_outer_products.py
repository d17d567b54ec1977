"""A sum of outer products, one for each example."""

import numpy as np


def mse_hessian(X):
    return 2 * sum(np.outer(row, row) for row in X)
