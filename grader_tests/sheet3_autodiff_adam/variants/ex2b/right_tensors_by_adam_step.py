"""2a called with torch tensors, and its answer taken to be tensors."""

import torch


def first_adam_update(grad, lr=1e-3, eps=1e-8):
    grad = torch.as_tensor(grad)
    theta = adam_step(torch.zeros_like(grad), grad, torch.zeros_like(grad), torch.zeros_like(grad), 1, lr=lr, eps=eps)[0]
    return torch.as_tensor(theta).detach()
