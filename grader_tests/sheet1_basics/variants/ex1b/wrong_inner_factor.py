"""The factor 2 inside the sigmoid is missing.

Loses: test_tanh_values, test_tanh_goes_through_sigmoid, test_tanh_of_large_arguments
"""


def tanh_from_sigmoid(x):
    return 2 * sigmoid(x) - 1
