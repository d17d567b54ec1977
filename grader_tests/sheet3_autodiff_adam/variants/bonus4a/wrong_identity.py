"""F is zero.

Loses: test_block_is_a_contraction_at_first, test_block_is_a_contraction_after_training
"""

import torch
from torch import nn


def block_bound(lipschitz_f):
    return 1 + lipschitz_f


class ResidualBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(dim))

    def forward(self, x):
        return x + self.bias
