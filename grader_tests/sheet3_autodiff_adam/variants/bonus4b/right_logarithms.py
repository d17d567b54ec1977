"""Sums of logarithms."""

import numpy as np


def network_bound(lipschitz_fs):
    return np.exp(np.log1p(lipschitz_fs).sum())
