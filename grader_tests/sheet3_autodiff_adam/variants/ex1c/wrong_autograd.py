"""torch differentiates.

Loses: test_reverse_mode_carries_adjoints_back
"""

import torch


def reverse_mode(x):
    x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    e = torch.exp(x)
    inner = e + e**2
    y = torch.exp(inner) + torch.sin(inner)
    (dy_dx,) = torch.autograd.grad(y, x)
    return y.detach(), dy_dx
