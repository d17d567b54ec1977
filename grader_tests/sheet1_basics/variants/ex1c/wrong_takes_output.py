"""The function expects σ(x) as its argument.

Loses: test_sigmoid_derivative_values, test_sigmoid_derivative_goes_through_sigmoid, test_sigmoid_derivative_of_large_arguments
"""


def sigmoid_derivative(s):
    return s * (1 - s)
