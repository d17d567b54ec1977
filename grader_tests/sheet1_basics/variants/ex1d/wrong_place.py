"""At x instead of 2x.

Loses: test_tanh_derivative_values, test_tanh_derivative_goes_through_sigmoid, test_tanh_derivative_of_large_arguments
"""


def tanh_derivative(x):
    return 4 * sigmoid(x) * (1 - sigmoid(x))
