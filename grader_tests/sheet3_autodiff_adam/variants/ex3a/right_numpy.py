"""NumPy in double precision, with a shuffled index."""

import numpy as np


def load_and_split(path, seed):
    data = np.genfromtxt(path, delimiter=",", names=True)
    x, y = data["x"].reshape(-1, 1), data["y"].reshape(-1, 1)
    index = np.arange(len(x))
    np.random.seed(seed)
    np.random.shuffle(index)
    cut = int(0.66 * len(x))
    return x[index[:cut]], y[index[:cut]], x[index[cut:]], y[index[cut:]]
