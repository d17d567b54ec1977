"""Walks through the graph of 1a with a table of functions and their derivatives."""

import numpy as np

RULES = {
    "exp": (np.exp, lambda value, result: result),
    "square": (np.square, lambda value, result: 2 * value),
    "sin": (np.sin, lambda value, result: np.cos(value)),
}


def forward_mode(x):
    values, slopes = {"x": x}, {"x": 1.0}
    for name, operation, inputs in computational_graph():
        if operation == "add":
            values[name] = sum(values[one] for one in inputs)
            slopes[name] = sum(slopes[one] for one in inputs)
        else:
            function, derivative = RULES[operation]
            before = values[inputs[0]]
            values[name] = function(before)
            slopes[name] = derivative(before, values[name]) * slopes[inputs[0]]
    return values[name], slopes[name]
