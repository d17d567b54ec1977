"""One point after the other."""

import math


def gaussian_nll(y, mean, variance):
    total = 0.0
    points = list(zip(y.reshape(-1), mean.reshape(-1), variance.reshape(-1)))
    for one, centre, spread in points:
        spread = spread if hasattr(spread, "backward") else float(spread)
        log = spread.log() if hasattr(spread, "backward") else math.log(spread)
        total = total + math.log(2 * math.pi) / 2 + log / 2 + (one - centre) ** 2 / 2 / spread
    return total / len(points)
