"""torch tensors in single precision, without autograd."""

import torch


def forward_mode(x):
    with torch.no_grad():
        x = torch.tensor(x)
        e = x.exp()
        inner, slope = e + e * e, e + 2 * e * e
        growth = torch.exp(inner)
        return growth + inner.sin(), (growth + inner.cos()) * slope
