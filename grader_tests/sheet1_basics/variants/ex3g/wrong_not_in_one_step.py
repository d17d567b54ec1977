"""A function on which Newton's method needs many steps.

Loses: test_newton_step_lands
"""


def newton_example():
    return {"f": lambda x: x**4, "gradient": lambda x: 4 * x**3, "hessian": lambda x: 12 * x**2, "start": 1.0}
