"""The sum in the place of the mean.

Loses: test_nll_is_that_of_the_normal_density, test_nll_at_unit_variance
"""

import math

import torch


def gaussian_nll(y, mean, variance):
    y, mean, variance = (torch.as_tensor(part) for part in (y, mean, variance))
    return 0.5 * (torch.log(2 * math.pi * variance) + (y - mean) ** 2 / variance).sum()
