"""Loses the factor √2 at the product.

Loses: test_decision_function
"""

def decision_function(points):
    return -points[:, 0] * points[:, 1] / np.sqrt(2)


def support_vector_mask(X, y, multipliers):
    return multipliers > 1e-6 * multipliers.max()
