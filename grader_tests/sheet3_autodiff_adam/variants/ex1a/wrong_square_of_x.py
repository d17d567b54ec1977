"""exp(x²) in the place of exp(x)².

Loses: test_graph_computes_y, test_graph_is_the_most_efficient_one
"""


def computational_graph():
    return [
        ("f1", "exp", ("x",)),
        ("s", "square", ("x",)),
        ("f2", "exp", ("s",)),
        ("f3", "add", ("f1", "f2")),
        ("f4", "exp", ("f3",)),
        ("f5", "sin", ("f3",)),
        ("y", "add", ("f4", "f5")),
    ]
