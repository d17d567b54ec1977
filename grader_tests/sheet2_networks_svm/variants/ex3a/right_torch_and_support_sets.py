"""Tensors, and a search through all sets of support vectors, for which the conditions are linear equations."""

from itertools import combinations


def dual_matrix(X, y):
    X, y = torch.tensor(np.array(X)), torch.tensor(np.array(y))
    return torch.outer(y, y) * (1 + X @ X.T).square()


def solve_dual(X, y):
    Q = dual_matrix(X, y).numpy()
    best, best_value = np.zeros(len(y)), 0.0
    for size in range(2, min(len(y), 7) + 1):
        for chosen in map(list, combinations(range(len(y)), size)):
            system = np.zeros((size + 1, size + 1))
            system[:size, :size] = Q[np.ix_(chosen, chosen)]
            system[:size, size] = system[size, :size] = y[chosen]
            found = np.linalg.lstsq(system, np.append(np.ones(size), 0.0), rcond=None)[0][:size]
            multipliers = np.zeros(len(y))
            multipliers[chosen] = found
            value = multipliers.sum() - 0.5 * multipliers @ Q @ multipliers
            if value > best_value and found.min() >= -1e-9 and abs(multipliers @ y) < 1e-9:
                best, best_value = multipliers, value
    return best
