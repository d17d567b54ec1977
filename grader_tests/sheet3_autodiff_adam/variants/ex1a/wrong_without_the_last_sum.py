"""The last entry is the sine, not y.

Loses: test_graph_computes_y, test_graph_is_the_most_efficient_one
"""


def computational_graph():
    return [("f1", "exp", ("x",)), ("f2", "square", ("f1",)), ("f3", "add", ("f1", "f2")), ("f4", "exp", ("f3",)), ("f5", "sin", ("f3",))]
