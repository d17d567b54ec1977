"""The cosine is not stopped at the end, and without warm-up it divides by zero.

Loses: test_no_rate_after_the_end, test_without_warmup
"""

import math

import torch
from torch import nn


def warmup_cosine(step, warmup_steps, total_steps, peak_lr):
    ramp = peak_lr * step / warmup_steps
    cosine = 0.5 * peak_lr * (1 + math.cos(math.pi * (step - warmup_steps) / (total_steps - warmup_steps)))
    return ramp if step < warmup_steps else cosine


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
