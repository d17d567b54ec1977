"""The factor 2 is missing.

Loses: test_hessian_values
"""


def mse_hessian(X):
    return X.T @ X
