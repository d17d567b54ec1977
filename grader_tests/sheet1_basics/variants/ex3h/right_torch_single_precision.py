"""PyTorch in single precision."""

import torch


def batch_norm(x, eps=1e-5):
    x = torch.tensor(x, dtype=torch.float32)
    return (x - x.mean(0)) * torch.rsqrt(x.var(0, correction=0) + eps)
