"""Leaves the classes out of w.

Loses: test_normal_vector
"""

def feature_map(X):
    r = np.sqrt(2)
    return np.column_stack([np.ones(len(X)), r * X[:, 0], r * X[:, 1], X[:, 0] ** 2, r * X[:, 0] * X[:, 1], X[:, 1] ** 2])


def primal_solution(X, y, multipliers):
    scores = feature_map(X) @ (w := feature_map(X).T @ multipliers)
    return w, (scores[y < 0].max() + scores[y > 0].min()) / 2
