"""A fixed function."""

import torch


def block_bound(lipschitz_f):
    return torch.tensor(1.0 + lipschitz_f)


class ResidualBlock(torch.nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        return x + torch.relu(x).flip(-1)
