"""Names from NumPy and operations from an enumeration of texts."""

from enum import Enum

import numpy as np


class Operation(str, Enum):
    EXP = "exp"
    SQUARE = "square"
    SIN = "sin"
    ADD = "add"


def computational_graph():
    names = np.array(["f1", "f2", "f3", "f4", "f5", "y"])
    operations = [Operation.EXP, Operation.SQUARE, Operation.ADD, Operation.EXP, Operation.SIN, Operation.ADD]
    inputs = [["x"], [names[0]], [names[0], names[1]], [names[2]], [names[2]], [names[3], names[4]]]
    return list(zip(names, operations, inputs))
