"""Two branches, NumPy and torch."""

import math

import numpy as np
import torch


def gaussian_nll(y, mean, variance):
    log = torch.log if isinstance(variance, torch.Tensor) else np.log
    return (0.5 * math.log(2 * math.pi) + 0.5 * log(variance) + (y - mean) ** 2 / (2 * variance)).mean()
