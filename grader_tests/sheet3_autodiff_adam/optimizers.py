"""Adam and AdamW on the trusted side: by formulae, and as PyTorch has them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

Array = npt.NDArray[np.float64]


def moments(grad: Array, m: Array, v: Array, beta1: float, beta2: float) -> tuple[Array, Array]:
    """Return both running averages with ``grad`` in them; Kingma and Ba, arXiv:1412.6980, algorithm 1."""
    return np.asarray(beta1 * m + (1 - beta1) * grad), np.asarray(beta2 * v + (1 - beta2) * grad**2)


def adam_update(m: Array, v: Array, t: int, lr: float, beta1: float, beta2: float, eps: float = 1e-8) -> Array:
    """Return the change of θ that the running averages after step t ask for."""
    return np.asarray(-lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps))


def adam_of_torch(
    start: Array, gradients: Sequence[Array], lr: float = 1e-3, weight_decay: float | None = None
) -> Array:
    """Return where torch.optim.Adam, or AdamW where there is a weight decay, ends after steps with these gradients."""
    theta = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    if weight_decay is None:
        optimizer: torch.optim.Optimizer = torch.optim.Adam([theta], lr=lr)
    else:
        optimizer = torch.optim.AdamW([theta], lr=lr, weight_decay=weight_decay)
    for gradient in gradients:
        theta.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
    return np.asarray(theta.detach().numpy())
