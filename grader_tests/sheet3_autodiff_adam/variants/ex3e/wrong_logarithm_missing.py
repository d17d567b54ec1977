"""Only the weighted squared error.

Loses: test_nll_is_that_of_the_normal_density
"""

import torch


def gaussian_nll(y, mean, variance):
    y, mean, variance = (torch.as_tensor(part) for part in (y, mean, variance))
    return ((y - mean) ** 2 / (2 * variance)).mean()
