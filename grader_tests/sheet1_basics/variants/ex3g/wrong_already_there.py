"""The start is the minimum.

Loses: test_gradient_steps_do_not_land
"""


def newton_example():
    return {"f": lambda x: x**2, "gradient": lambda x: 2 * x, "hessian": lambda x: 2.0, "start": 0.0}
