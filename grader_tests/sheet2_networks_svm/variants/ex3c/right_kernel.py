"""By the kernel and the multipliers, without w, with a mask of zeros and ones."""

def decision_function(points):
    weights = np.asarray(solve_dual(X_four, y_four)) * y_four
    scores = lambda places: (1 + places @ X_four.T) ** 2 @ weights
    at_points = scores(X_four)
    return scores(points) - (at_points[y_four < 0].max() + at_points[y_four > 0].min()) / 2


def support_vector_mask(X, y, multipliers):
    return np.where(multipliers / np.max(multipliers) > 1e-6, 1, 0)
