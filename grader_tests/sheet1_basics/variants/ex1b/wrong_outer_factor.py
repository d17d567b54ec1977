"""The factor 2 outside the sigmoid is missing.

Loses: test_tanh_values, test_tanh_goes_through_sigmoid, test_tanh_of_large_arguments
"""


def tanh_from_sigmoid(x):
    return sigmoid(2 * x) - 1
