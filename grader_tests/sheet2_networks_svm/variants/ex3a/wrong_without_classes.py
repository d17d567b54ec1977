"""Leaves the classes out of the matrix.

Loses: test_matrix_of_the_four_points, test_matrix_of_other_points
"""

def dual_matrix(X, y):
    return (1 + X @ X.T) ** 2


def solve_dual(X, y):
    Q = np.asarray(dual_matrix(X, y), dtype=float)
    found = minimize(
        lambda m: 0.5 * m @ Q @ m - m.sum(), np.zeros(len(y)), bounds=[(0, None)] * len(y), constraints={"type": "eq", "fun": lambda m: m @ y}
    )
    return found.x
