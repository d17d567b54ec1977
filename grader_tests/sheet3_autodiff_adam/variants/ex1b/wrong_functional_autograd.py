"""torch differentiates, by its functions for forward mode.

Loses: test_forward_mode_carries_derivatives_along
"""

import torch


def forward_mode(x):
    def function(x):
        e = torch.exp(x)
        inner = e + e**2
        return torch.exp(inner) + torch.sin(inner)

    x = torch.tensor(x, dtype=torch.float64)
    return torch.func.jvp(function, (x,), (torch.ones_like(x),))
