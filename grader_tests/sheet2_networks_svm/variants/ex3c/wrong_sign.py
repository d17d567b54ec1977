"""Has the classes the wrong way round.

Loses: test_decision_function
"""

def decision_function(points):
    return points[:, 0] * points[:, 1]


def support_vector_mask(X, y, multipliers):
    return multipliers > 1e-6 * multipliers.max()
