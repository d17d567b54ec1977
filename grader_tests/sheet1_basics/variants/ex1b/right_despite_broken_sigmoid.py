"""A sigmoid that raises, which costs nothing here."""


def sigmoid(x):
    raise NotImplementedError


def tanh_from_sigmoid(x):
    return -1 + 2 * sigmoid(x=2 * x)
