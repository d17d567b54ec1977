"""σ(1 + σ) instead of σ(1 − σ).

Loses: test_sigmoid_derivative_values, test_sigmoid_derivative_goes_through_sigmoid, test_sigmoid_derivative_of_large_arguments
"""


def sigmoid_derivative(x):
    return sigmoid(x) * (1 + sigmoid(x))
