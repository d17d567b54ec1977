"""Numbers at the start instead of functions.

Loses: test_newton_derivatives, test_newton_step_lands, test_gradient_steps_do_not_land
"""


def newton_example():
    return {"f": 9.0, "gradient": 6.0, "hessian": 2.0, "start": 3.0}
