"""σ − σ²."""


def sigmoid_derivative(x):
    value = sigmoid(x)
    return value - value**2
