"""Singular values clipped by a decomposition; the last layer starts at zero."""

import torch
from torch import nn


def block_bound(lipschitz_f):
    return 1 + lipschitz_f


class ResidualBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.inner = nn.Linear(dim, 2 * dim)
        self.outer = nn.Linear(2 * dim, dim)
        nn.init.zeros_(self.outer.weight)

    def forward(self, x):
        outer = self.outer.weight
        with torch.no_grad():
            scale = torch.linalg.svdvals(outer)[0].clamp(min=1)
        weight = self.inner.weight / torch.linalg.svdvals(self.inner.weight)[0]
        hidden = nn.functional.elu(nn.functional.linear(x, weight, self.inner.bias))
        return x + nn.functional.linear(hidden, outer / scale, self.outer.bias)
