"""Lists in the place of tuples, and other names."""


def computational_graph():
    return [
        ["e", "exp", ["x"]],
        ["e squared", "square", ["e"]],
        ["inner", "add", ["e squared", "e"]],
        ["wave", "sin", ["inner"]],
        ["growth", "exp", ["inner"]],
        ["sum", "add", ["wave", "growth"]],
    ]
