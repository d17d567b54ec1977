"""All three runs with a good rate.

Loses: test_big_rate_ends_worse, test_small_rate_moves_less
"""

import math

import torch
from torch import nn


def warmup_cosine(step, warmup_steps, total_steps, peak_lr):
    if step < warmup_steps:
        return peak_lr * step / warmup_steps
    return 0.5 * peak_lr * (1 + math.cos(math.pi * min(1, (step - warmup_steps) / (total_steps - warmup_steps))))


def learning_rate_curves(x_train, y_train, x_val, y_val, seed):
    torch.manual_seed(seed)
    model = MeanMLP()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    errors = [], []
    for _ in range(60):
        loss = nn.functional.mse_loss(model(x_train), y_train)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        errors[0].append(loss.item())
        errors[1].append(nn.functional.mse_loss(model(x_val), y_val).item())
    return {"too_big": errors, "too_small": errors, "scheduled": errors}
