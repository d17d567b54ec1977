"""torch in single precision."""

import torch


def first_adam_update(grad, lr=1e-3, eps=1e-8):
    grad = torch.tensor(grad, dtype=torch.float32)
    return grad.div(grad.abs() + eps).mul(-lr)
