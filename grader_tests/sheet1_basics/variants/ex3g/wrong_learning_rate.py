"""The curvature is 10, so gradient descent with the learning rate 0.1 gets there in one step, too.

Loses: test_gradient_steps_do_not_land
"""


def newton_example():
    return {"f": lambda x: 5 * x**2, "gradient": lambda x: 10 * x, "hessian": lambda x: 10, "start": 1.0}
