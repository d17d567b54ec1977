"""From σ(x) instead of σ(2x), by the formula for the double angle."""


def tanh_from_sigmoid(x):
    half = 2 * sigmoid(x) - 1
    return 2 * half / (1 + half * half)
