"""math.prod over the list."""

import math


def network_bound(lipschitz_fs):
    return math.prod(1 + constant for constant in lipschitz_fs)
