"""The answer of 2a is taken to be tensors, whatever it is."""

import torch


def adamw_step(theta, grad, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    new, m, v = (torch.as_tensor(part) for part in adam_step(theta, grad, m, v, t, lr, beta1, beta2, eps))
    return new.sub(torch.as_tensor(theta), alpha=lr * weight_decay), m, v
