"""A minus too many: the Hessian of a concave function.

Loses: test_hessian_values, test_hessian_is_positive_definite, test_hessian_is_singular
"""


def mse_hessian(X):
    return -2 * X.T @ X
