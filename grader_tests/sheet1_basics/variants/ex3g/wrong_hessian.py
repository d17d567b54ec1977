"""The second derivative lacks its factor.

Loses: test_newton_derivatives, test_newton_step_lands
"""


def newton_example():
    return {"f": lambda x: (x - 2) ** 2, "gradient": lambda x: 2 * (x - 2), "hessian": lambda x: 1.0, "start": 5.0}
