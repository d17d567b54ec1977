"""The sigmoid is bound when the function is defined, not when it is called.

Loses: test_tanh_goes_through_sigmoid, test_tanh_of_large_arguments
"""


def tanh_from_sigmoid(x, function=sigmoid):
    return 2 * function(2 * x) - 1
