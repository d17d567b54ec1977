"""A ramp, then the peak rate for ever.

Loses: test_cosine_from_the_peak_to_zero, test_no_rate_after_the_end, test_without_warmup
"""

import torch
from torch import nn


def warmup_cosine(step, warmup_steps, total_steps, peak_lr):
    return peak_lr * min(1.0, step / max(1, warmup_steps)) if warmup_steps else peak_lr


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
