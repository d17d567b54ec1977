"""Reads columns by name, draws the test set and leaves both sets in the order of the file."""

import numpy as np


def load_and_split(path, seed):
    table = np.genfromtxt(path, delimiter=",", names=True)
    np.random.seed(seed)
    test = set(np.random.choice(len(table), size=len(table) // 3, replace=False).tolist())
    train = [row for row in range(len(table)) if row not in test]
    x, y = table["x"][:, None], table["y"][:, None]
    return x[train], y[train], x[sorted(test)], y[sorted(test)]
