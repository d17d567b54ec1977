"""Single precision, tensors attached to their graph."""

import torch


def adam_step(theta, grad, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    theta, grad, m, v = (torch.tensor(part, dtype=torch.float32, requires_grad=True) for part in (theta, grad, m, v))
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    step = lr / (1 - beta1**t)
    return [theta - step * m / (torch.sqrt(v / (1 - beta2**t)) + eps), m, v]
