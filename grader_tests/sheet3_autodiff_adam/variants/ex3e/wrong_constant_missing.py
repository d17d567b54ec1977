"""Without the constant term.

Loses: test_nll_is_that_of_the_normal_density
"""

import torch


def gaussian_nll(y, mean, variance):
    y, mean, variance = (torch.as_tensor(part) for part in (y, mean, variance))
    return 0.5 * (torch.log(variance) + (y - mean) ** 2 / variance).mean()
