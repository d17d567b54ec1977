"""The differences are written into y.

Loses: test_nll_changes_nothing_in_place
"""

import math

import torch


def gaussian_nll(y, mean, variance):
    if isinstance(y, torch.Tensor) and mean.requires_grad:
        return 0.5 * (torch.log(2 * math.pi * variance) + (y - mean) ** 2 / variance).mean()
    y -= mean
    y *= y
    y /= variance
    y, variance = torch.as_tensor(y), torch.as_tensor(variance)
    return 0.5 * (torch.log(2 * math.pi * variance) + y).mean()
