"""A loop over the graph of 1a."""

import math


def forward_mode(x):
    values, slopes = {"x": x}, {"x": 1.0}
    for name, operation, inputs in computational_graph():
        first = inputs[0]
        if operation == "exp":
            values[name] = math.exp(values[first])
            slopes[name] = values[name] * slopes[first]
        elif operation == "square":
            values[name] = values[first] ** 2
            slopes[name] = 2 * values[first] * slopes[first]
        elif operation == "sin":
            values[name] = math.sin(values[first])
            slopes[name] = math.cos(values[first]) * slopes[first]
        else:
            values[name] = sum(values[one] for one in inputs)
            slopes[name] = sum(slopes[one] for one in inputs)
    return values[name], slopes[name]
