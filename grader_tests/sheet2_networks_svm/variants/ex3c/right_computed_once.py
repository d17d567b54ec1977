"""Computes the plane once, in the cell itself, from points and classes of its own."""

corners = np.array([(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)])
signs = -corners[:, 0] * corners[:, 1]
w_four, b_four = primal_solution(corners, signs, np.asarray(solve_dual(corners.copy(), signs.copy())))


def decision_function(points):
    return np.asarray(feature_map(points)) @ np.asarray(w_four) - np.asarray(b_four)


def support_vector_mask(X, y, multipliers):
    largest = max(multipliers)
    return [bool(multiplier > 1e-6 * largest) for multiplier in multipliers]
