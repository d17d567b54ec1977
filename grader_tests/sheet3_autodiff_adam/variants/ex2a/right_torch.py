"""torch tensors throughout, in double precision."""

import torch


def adam_step(theta, grad, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    theta, grad, m, v = (torch.tensor(part) for part in (theta, grad, m, v))
    m = torch.lerp(grad, m, beta1)
    v = torch.lerp(grad.square(), v, beta2)
    return theta - lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + eps), m, v
