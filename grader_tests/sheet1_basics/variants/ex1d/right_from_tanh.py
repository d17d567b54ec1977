"""1 − tanh²."""


def tanh_derivative(x):
    return 1 - tanh_from_sigmoid(x) ** 2
