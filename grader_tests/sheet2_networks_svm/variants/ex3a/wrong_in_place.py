"""Scales the points in place.

Loses: test_dual_leaves_its_arguments_alone
"""

def dual_matrix(X, y):
    products = np.outer(y, y) * (1 + X @ X.T) ** 2
    X /= 2
    return products


def solve_dual(X, y):
    Q = np.asarray(dual_matrix(X.copy(), y), dtype=float)
    found = minimize(
        lambda m: 0.5 * m @ Q @ m - m.sum(), np.zeros(len(y)), bounds=[(0, None)] * len(y), constraints={"type": "eq", "fun": lambda m: m @ y}
    )
    return found.x
