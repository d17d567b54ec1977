"""Features in another order and with other signs, and b as a mean over the support vectors."""

def feature_map(X):
    x1, x2 = X.T
    return np.stack([x2**2, -x1 * x1, np.sqrt(2) * x1 * x2, -np.sqrt(2) * x2, -np.sqrt(2) * x1, -np.ones_like(x1)], axis=-1)


def primal_solution(X, y, multipliers):
    features = feature_map(X)
    w = np.sum((multipliers * y)[:, None] * features, axis=0)
    on_margin = multipliers > 1e-6 * multipliers.max()
    return w, np.mean(features[on_margin] @ w - y[on_margin])
