"""Collected in a dictionary first; single inputs as plain texts."""


def computational_graph():
    steps = {}
    steps["f1"] = ("exp", ("x"))
    steps["f2"] = ("square", ("f1"))
    steps["f3"] = ("add", ("f1", "f2"))
    steps["f4"] = ("exp", ("f3"))
    steps["f5"] = ("sin", ("f3"))
    steps["f6"] = ("add", ("f5", "f4"))
    return [(name, operation, inputs) for name, (operation, inputs) in steps.items()]
