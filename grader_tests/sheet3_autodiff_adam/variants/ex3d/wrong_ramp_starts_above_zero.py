"""The ramp is (s + 1)/W.

Loses: test_warmup_is_linear
"""

import math

import torch
from torch import nn


def warmup_cosine(step, warmup_steps, total_steps, peak_lr):
    if step < warmup_steps:
        return peak_lr * (step + 1) / warmup_steps
    return 0.5 * peak_lr * (1 + math.cos(math.pi * min(1, (step - warmup_steps) / (total_steps - warmup_steps))))


def learning_rate_curves(x_train, y_train, x_val, y_val, seed):
    curves = {}
    for name, peak in [("too_big", 1.0), ("too_small", 1e-5), ("scheduled", 0.01)]:
        torch.manual_seed(seed)
        model = MeanMLP()
        optimizer = torch.optim.Adam(model.parameters())
        errors = [], []
        for step in range(60):
            optimizer.param_groups[0]["lr"] = warmup_cosine(step, 6, 60, peak) if name == "scheduled" else peak
            loss = nn.functional.mse_loss(model(x_train), y_train)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            errors[0].append(loss.item())
            errors[1].append(nn.functional.mse_loss(model(x_val), y_val).item())
        curves[name] = errors
    return curves
