"""X Xᵀ instead of XᵀX.

Loses: test_hessian_values, test_hessian_is_positive_definite, test_hessian_is_singular, test_hessian_leaves_its_argument_alone
"""


def mse_hessian(X):
    return 2 * X @ X.T
