"""An entry is used before it is computed.

Loses: test_graph_computes_y, test_graph_is_the_most_efficient_one
"""


def computational_graph():
    return [
        ("f1", "exp", ("x",)),
        ("f3", "add", ("f1", "f2")),
        ("f2", "square", ("f1",)),
        ("f4", "exp", ("f3",)),
        ("f5", "sin", ("f3",)),
        ("y", "add", ("f4", "f5")),
    ]
