"""One step of PyTorch's optimizer, whose state is put in and taken out."""

import numpy as np
import torch


def adam_step(theta, grad, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    theta, grad, m, v = (torch.tensor(np.asarray(part, dtype=float)) for part in (theta, grad, m, v))
    weights = torch.nn.Parameter(theta)
    weights.grad = grad
    optimizer = torch.optim.Adam([weights], lr=lr, betas=(beta1, beta2), eps=eps)
    optimizer.state[weights] = {"step": torch.tensor(float(t - 1)), "exp_avg": m, "exp_avg_sq": v}
    optimizer.step()
    return weights, m, v
