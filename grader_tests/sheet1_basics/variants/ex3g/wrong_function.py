"""Gradient and Hessian fit each other, but belong to another function.

Loses: test_newton_derivatives
"""


def newton_example():
    return {"f": lambda x: abs(x) ** 1.5, "gradient": lambda x: 2 * x, "hessian": lambda x: 2.0, "start": 3.0}
