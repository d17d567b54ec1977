"""A dictionary with formulae in the place of the list.

Loses: test_graph_computes_y, test_graph_is_the_most_efficient_one
"""


def computational_graph():
    return {"f1": "exp(x)", "f2": "f1**2", "f3": "f1 + f2", "f4": "exp(f3)", "f5": "sin(f3)", "y": "f4 + f5"}
