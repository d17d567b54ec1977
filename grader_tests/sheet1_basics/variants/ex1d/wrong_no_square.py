"""1 − tanh instead of 1 − tanh².

Loses: test_tanh_derivative_values, test_tanh_derivative_goes_through_sigmoid, test_tanh_derivative_of_large_arguments
"""


def tanh_derivative(x):
    return 1 - tanh_from_sigmoid(x)
