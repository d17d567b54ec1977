"""The training errors take the place of the validation errors.

Loses: test_validation_errors_are_of_the_validation_data
"""

import math

import torch
from torch import nn


def warmup_cosine(step, warmup_steps, total_steps, peak_lr):
    if step < warmup_steps:
        return peak_lr * step / warmup_steps
    return 0.5 * peak_lr * (1 + math.cos(math.pi * min(1, (step - warmup_steps) / (total_steps - warmup_steps))))


def learning_rate_curves(x_train, y_train, x_val, y_val, seed):
    curves = {}
    for name, peak in [("too_big", 1.0), ("too_small", 1e-5), ("scheduled", 0.01)]:
        torch.manual_seed(seed)
        model = MeanMLP()
        optimizer = torch.optim.Adam(model.parameters())
        errors = []
        for step in range(60):
            optimizer.param_groups[0]["lr"] = warmup_cosine(step, 6, 60, peak) if name == "scheduled" else peak
            loss = nn.functional.mse_loss(model(x_train), y_train)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            errors.append(loss.item())
        curves[name] = (errors, errors)
    return curves
