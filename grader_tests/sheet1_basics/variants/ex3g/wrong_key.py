"""The start is called x0.

Loses: test_newton_derivatives, test_newton_step_lands, test_gradient_steps_do_not_land
"""


def newton_example():
    return {"f": lambda x: x**2, "gradient": lambda x: 2 * x, "hessian": lambda x: 2.0, "x0": 3.0}
