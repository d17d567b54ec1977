"""The weight itself is brought back in each forward pass."""

import torch
from torch import nn


def block_bound(lipschitz_f):
    return 1 + lipschitz_f


class ResidualBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.linear = nn.Linear(dim, dim)

    def forward(self, x):
        with torch.no_grad():
            self.linear.weight.div_(torch.linalg.matrix_norm(self.linear.weight, ord=2).clamp(min=1.0))
        return x + torch.relu(self.linear(x))
