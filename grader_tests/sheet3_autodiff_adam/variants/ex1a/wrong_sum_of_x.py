"""exp(x)² as exp(x + x): right, with one step too many.

Loses: test_graph_is_the_most_efficient_one
"""


def computational_graph():
    return [
        ("e", "exp", ("x",)),
        ("xx", "add", ("x", "x")),
        ("ee", "exp", ("xx",)),
        ("s", "add", ("e", "ee")),
        ("p", "exp", ("s",)),
        ("q", "sin", ("s",)),
        ("y", "add", ("p", "q")),
    ]
