"""Returns the products of multipliers and classes.

Loses: test_multipliers_of_the_four_points, test_multipliers_of_other_points, test_large_multipliers
"""

def dual_matrix(X, y):
    return np.outer(y, y) * (1 + X @ X.T) ** 2


def solve_dual(X, y):
    Q = np.asarray(dual_matrix(X, y), dtype=float)
    found = minimize(
        lambda m: 0.5 * m @ Q @ m - m.sum(), np.zeros(len(y)), bounds=[(0, None)] * len(y), constraints={"type": "eq", "fun": lambda m: m @ y}
    )
    return found.x * y
