"""Divides by the variance.

Loses: test_scores
"""


def standardize(x):
    x = np.asarray(x, dtype=float)
    return (x - x.mean()) / (x.var() or 1)
