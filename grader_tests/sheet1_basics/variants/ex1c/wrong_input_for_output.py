"""σ(x)(1 − x): the formula for the output used with the input.

Loses: test_sigmoid_derivative_values, test_sigmoid_derivative_goes_through_sigmoid, test_sigmoid_derivative_of_large_arguments
"""


def sigmoid_derivative(x):
    return sigmoid(x) * (1 - x)
