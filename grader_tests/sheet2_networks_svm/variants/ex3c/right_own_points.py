"""Its own copy of the four points, in tensors."""

def decision_function(points):
    X = np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)], dtype=float)
    y = np.array([-1, 1, 1, -1], dtype=float)
    w, b = primal_solution(X, y, np.asarray(solve_dual(X, y)))
    return torch.as_tensor(np.asarray(feature_map(points))) @ torch.as_tensor(np.asarray(w)) - float(b)


def support_vector_mask(X, y, multipliers):
    return torch.tensor(multipliers) > 1e-6 * float(np.max(multipliers))
