"""exp(x) and the sum are computed again wherever they are needed: right, but not efficient.

Loses: test_graph_is_the_most_efficient_one
"""


def computational_graph():
    return [
        ("a", "exp", ("x",)),
        ("b", "exp", ("x",)),
        ("c", "square", ("b",)),
        ("d", "add", ("a", "c")),
        ("e", "exp", ("d",)),
        ("f", "add", ("a", "c")),
        ("g", "sin", ("f",)),
        ("y", "add", ("e", "g")),
    ]
