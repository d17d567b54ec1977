"""The same number for every argument.

Loses: test_sigmoid_values, test_sigmoid_of_a_float, test_sigmoid_is_symmetric, test_sigmoid_of_large_arguments
"""


def sigmoid(x):
    return 0 * x + 0.5
