"""Numbers one by one with math.exp; nested lists come back."""

import math


def sigmoid(x):
    if not isinstance(x, float):
        return [sigmoid(float(part) if part.ndim == 0 else part) for part in x]
    if x < 0:
        return 1 - sigmoid(-x)
    return 1 / (1 + math.exp(-x))
