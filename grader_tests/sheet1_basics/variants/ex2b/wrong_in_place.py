"""The argument is multiplied in place.

Loses: test_hessian_leaves_its_argument_alone
"""


def mse_hessian(X):
    X *= 2
    return X.T @ X / 2
