"""Loops over the graph of 1a, there and back; nested lists come back."""

import math


def reverse_mode(x):
    graph = computational_graph()
    values = {"x": x}
    for name, operation, inputs in graph:
        first = values[inputs[0]]
        values[name] = {
            "exp": lambda: math.exp(first),
            "square": lambda: first**2,
            "sin": lambda: math.sin(first),
            "add": lambda: first + values[inputs[1]],
        }[operation]()
    adjoints = dict.fromkeys(values, 0.0)
    adjoints[graph[-1][0]] = 1.0
    for name, operation, inputs in reversed(graph):
        for one in inputs:
            slope = {"exp": values[name], "square": 2 * values[one], "add": 1.0}.get(operation)
            adjoints[one] += adjoints[name] * (math.cos(values[one]) if slope is None else slope)
    return [values[graph[-1][0]], adjoints["x"]]
