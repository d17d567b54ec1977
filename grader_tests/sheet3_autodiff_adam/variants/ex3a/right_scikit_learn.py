"""scikit-learn splits."""

import numpy as np
from sklearn.model_selection import train_test_split


def load_and_split(path, seed):
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    x_train, x_test, y_train, y_test = train_test_split(table[:, [0]], table[:, [1]], test_size=0.33, random_state=seed)
    return x_train, y_train, x_test, y_test
