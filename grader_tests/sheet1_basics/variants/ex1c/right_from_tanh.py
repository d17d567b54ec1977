"""By the hyperbolic tangent of half the argument."""


def sigmoid_derivative(x):
    return (1 - tanh_from_sigmoid(x / 2) ** 2) / 4
