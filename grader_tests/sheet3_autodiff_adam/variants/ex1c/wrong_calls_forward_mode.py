"""The derivative of forward mode.

Loses: test_reverse_mode_carries_adjoints_back
"""


def reverse_mode(x):
    y, dy_dx = forward_mode(x)
    return y, dy_dx
