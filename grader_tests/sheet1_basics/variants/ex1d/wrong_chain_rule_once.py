"""The chain rule's inner derivative is missing: the factor is 2 instead of 4.

Loses: test_tanh_derivative_values, test_tanh_derivative_goes_through_sigmoid, test_tanh_derivative_of_large_arguments
"""


def tanh_derivative(x):
    return 2 * sigmoid(2 * x) * (1 - sigmoid(2 * x))
