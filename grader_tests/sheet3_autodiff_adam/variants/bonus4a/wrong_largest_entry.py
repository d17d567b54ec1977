"""Weights divided by their largest entry.

Loses: test_block_is_a_contraction_at_first, test_block_is_a_contraction_after_training
"""

import torch
from torch import nn


def block_bound(lipschitz_f):
    return 1 + lipschitz_f


class ResidualBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.linear = nn.Linear(dim, dim)

    def forward(self, x):
        weight = self.linear.weight / self.linear.weight.abs().max()
        return x + torch.relu(nn.functional.linear(x, weight, self.linear.bias))
