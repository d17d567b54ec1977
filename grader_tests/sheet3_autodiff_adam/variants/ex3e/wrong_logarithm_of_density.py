"""The logarithm of a density that underflows.

Loses: test_nll_far_from_the_mean
"""

import math

import torch


def gaussian_nll(y, mean, variance):
    y, mean, variance = (torch.as_tensor(part) for part in (y, mean, variance))
    density = torch.exp(-((y - mean) ** 2) / (2 * variance)) / torch.sqrt(2 * math.pi * variance)
    return -torch.log(density).mean()
