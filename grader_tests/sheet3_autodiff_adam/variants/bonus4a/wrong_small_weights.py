"""Small initial weights, and nothing that keeps them small.

Loses: test_block_is_a_contraction_after_training
"""

import torch
from torch import nn


def block_bound(lipschitz_f):
    return 1 + lipschitz_f


class ResidualBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.linear = nn.Linear(dim, dim)
        nn.init.normal_(self.linear.weight, std=0.1 / dim**0.5)

    def forward(self, x):
        return x + torch.relu(self.linear(x))
