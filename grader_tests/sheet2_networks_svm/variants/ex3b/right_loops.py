"""Lists and loops, b from the point with the largest multiplier."""

def feature_map(X):
    r = math.sqrt(2)
    return [[1.0, r * a, r * b, a * a, r * a * b, b * b] for a, b in X]


def primal_solution(X, y, multipliers):
    features = feature_map(X)
    w = [sum(m * c * f[k] for m, c, f in zip(multipliers, y, features)) for k in range(6)]
    best = max(range(len(y)), key=lambda i: multipliers[i])
    return w, sum(a * b for a, b in zip(w, features[best])) - y[best]
