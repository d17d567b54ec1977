"""A product of a tensor."""

import torch


def network_bound(lipschitz_fs):
    return torch.prod(1 + torch.tensor(lipschitz_fs, dtype=torch.float64))
