"""The formula as text.

Loses: test_tanh_derivative_values, test_tanh_derivative_goes_through_sigmoid, test_tanh_derivative_of_large_arguments, test_tanh_derivative_leaves_its_argument_alone
"""


def tanh_derivative(x):
    return "4 * sigmoid(2 * x) * (1 - sigmoid(2 * x))"
