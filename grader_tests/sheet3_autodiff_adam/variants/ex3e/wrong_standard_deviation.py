"""The variance is taken for the standard deviation.

Loses: test_nll_is_that_of_the_normal_density
"""

import math

import torch


def gaussian_nll(y, mean, variance):
    y, mean, sigma = (torch.as_tensor(part) for part in (y, mean, variance))
    return (0.5 * math.log(2 * math.pi) + torch.log(sigma) + 0.5 * ((y - mean) / sigma) ** 2).mean()
