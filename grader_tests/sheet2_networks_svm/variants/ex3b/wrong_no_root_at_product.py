"""Forgets the factor √2 at x₁x₂.

Loses: test_features_belong_to_the_kernel
"""

def feature_map(X):
    r = np.sqrt(2)
    return np.column_stack([np.ones(len(X)), r * X[:, 0], r * X[:, 1], X[:, 0] ** 2, X[:, 0] * X[:, 1], X[:, 1] ** 2])


def primal_solution(X, y, multipliers):
    scores = feature_map(X) @ (w := feature_map(X).T @ (multipliers * y))
    return w, (scores[y < 0].max() + scores[y > 0].min()) / 2
