"""torch differentiates.

Loses: test_forward_mode_carries_derivatives_along
"""

import torch


def forward_mode(x):
    x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    inner = torch.exp(x) + torch.exp(x) ** 2
    y = torch.exp(inner) + torch.sin(inner)
    y.backward()
    return y.item(), x.grad.item()
