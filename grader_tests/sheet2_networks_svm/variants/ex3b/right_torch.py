"""Tensors, with an offset of shape (1,)."""

def feature_map(X):
    X = torch.as_tensor(np.array(X))
    r = 2**0.5
    return torch.stack([torch.ones(len(X), dtype=X.dtype), r * X[:, 0], r * X[:, 1], X[:, 0] ** 2, r * X[:, 0] * X[:, 1], X[:, 1] ** 2], dim=1)


def primal_solution(X, y, multipliers):
    features = torch.as_tensor(np.array(feature_map(X)))
    w = torch.as_tensor(multipliers * y) @ features
    scores = features @ w
    return [w, torch.atleast_1d((scores[y == -1].max() + scores[y == 1].min()) / 2)]
