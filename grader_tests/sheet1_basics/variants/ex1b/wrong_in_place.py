"""The argument is doubled in place.

Loses: test_tanh_leaves_its_argument_alone
"""


def tanh_from_sigmoid(x):
    x *= 2
    return 2 * sigmoid(x) - 1
