"""Compares the multipliers with a part of their sum.

Loses: test_support_vectors
"""

def decision_function(points):
    return -points[:, 0] * points[:, 1]


def support_vector_mask(X, y, multipliers):
    return multipliers > 1e-6 * multipliers.sum()
