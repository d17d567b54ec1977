"""Divided by the number of examples.

Loses: test_hessian_values
"""


def mse_hessian(X):
    return 2 * X.T @ X / len(X)
