"""Newton's method lands on a maximum.

Loses: test_newton_step_lands
"""


def newton_example():
    return {"f": lambda x: 7 - (x - 2) ** 2, "gradient": lambda x: -2 * (x - 2), "hessian": lambda x: -2, "start": 5.0}
