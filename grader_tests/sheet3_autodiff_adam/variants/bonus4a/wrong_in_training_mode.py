"""The weight is normalised in evaluation mode only.

Loses: test_block_is_a_contraction_after_training
"""

import torch
import torch.nn.functional as F
from torch import nn


def block_bound(lipschitz_f):
    return 1 + lipschitz_f


class ResidualBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.linear = nn.Linear(dim, dim)
        nn.init.orthogonal_(self.linear.weight)

    def forward(self, x):
        weight = self.linear.weight
        if not self.training:
            weight = weight / torch.linalg.matrix_norm(weight, ord=2)
        return x + F.relu(F.linear(x, weight, self.linear.bias))
