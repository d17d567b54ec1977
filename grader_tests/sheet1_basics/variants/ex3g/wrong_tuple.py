"""A tuple instead of a dictionary.

Loses: test_newton_derivatives, test_newton_step_lands, test_gradient_steps_do_not_land
"""


def newton_example():
    return (lambda x: x**2, lambda x: 2 * x, lambda x: 2.0, 3.0)
