"""Answers in tuples, from a solver that starts at random."""

def dual_matrix(X, y):
    return np.outer(y, y) * (1 + X @ X.T) ** 2


def solve_dual(X, y):
    Q = dual_matrix(X, y)
    found = minimize(
        lambda m: 0.5 * m @ Q @ m - m.sum(),
        np.random.uniform(size=len(y)),
        jac=lambda m: Q @ m - 1,
        method="SLSQP",
        bounds=[(0, None)] * len(y),
        constraints=[{"type": "eq", "fun": lambda m: m @ y, "jac": lambda m: y}],
    )
    return tuple(float(each) for each in found.x)
