"""A finite difference whose functions stand in a table.

Loses: test_forward_mode_carries_derivatives_along
"""

import numpy as np

OPERATIONS = {"exp": np.exp, "square": np.square, "sin": np.sin, "add": np.add}


def value_at(x):
    values = {"x": x}
    for name, operation, inputs in computational_graph():
        values[name] = OPERATIONS[operation](*(values[one] for one in inputs))
    return values[name]


def forward_mode(x, h=1e-6):
    return value_at(x), (value_at(x + h) - value_at(x - h)) / (2 * h)
