"""Returns the numbers of the support vectors in place of a mask.

Loses: test_support_vectors
"""

def decision_function(points):
    return -points[:, 0] * points[:, 1]


def support_vector_mask(X, y, multipliers):
    return np.flatnonzero(multipliers > 1e-6 * multipliers.max())
