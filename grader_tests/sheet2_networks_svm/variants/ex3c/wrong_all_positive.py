"""Counts every positive multiplier.

Loses: test_support_vectors
"""

def decision_function(points):
    return -points[:, 0] * points[:, 1]


def support_vector_mask(X, y, multipliers):
    return multipliers > 0
