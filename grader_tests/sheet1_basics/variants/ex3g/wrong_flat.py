"""A straight line has no curvature to divide by.

Loses: test_newton_step_lands
"""


def newton_example():
    return {"f": lambda x: x, "gradient": lambda x: 1.0, "hessian": lambda x: 0.0, "start": 3.0}
