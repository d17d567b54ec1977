"""The constant of F alone.

Loses: test_bound_of_a_block
"""

import torch
from torch import nn


def block_bound(lipschitz_f):
    return lipschitz_f


class ResidualBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.linear = nn.Linear(dim, dim)

    def forward(self, x):
        weight = self.linear.weight / torch.linalg.matrix_norm(self.linear.weight, 2)
        return x + torch.tanh(nn.functional.linear(x, weight, self.linear.bias))
