"""As a difference, by the symmetry of the sigmoid."""


def tanh_from_sigmoid(x):
    return sigmoid(2 * x) - sigmoid(-2 * x)
