"""scipy's default solver without any setting, and a matrix made in loops."""

def dual_matrix(X, y):
    return [[float(y[i] * y[j] * (1 + X[i][0] * X[j][0] + X[i][1] * X[j][1]) ** 2) for j in range(len(y))] for i in range(len(y))]


def solve_dual(X, y):
    Q = np.asarray(dual_matrix(X, y), dtype=float)
    found = minimize(
        lambda m: 0.5 * m @ Q @ m - m.sum(), np.zeros(len(y)), bounds=[(0, None)] * len(y), constraints={"type": "eq", "fun": lambda m: m @ y}
    )
    return found.x
