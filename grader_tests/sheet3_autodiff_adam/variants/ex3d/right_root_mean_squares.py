"""Root mean squared errors, in a dictionary of its own kind, with stochastic gradient descent and more entries than asked for."""

import math
from collections import OrderedDict

import torch
from torch import nn


def warmup_cosine(step, warmup_steps, total_steps, peak_lr):
    if step > total_steps:
        return 0
    if step < warmup_steps:
        return peak_lr * step / warmup_steps
    x = math.pi * (step - warmup_steps) / (total_steps - warmup_steps)
    return peak_lr * (1 - math.sin(x / 2) ** 2)


def learning_rate_curves(x_train, y_train, x_val, y_val, seed):
    data = [torch.as_tensor(part).float() for part in (x_train, y_train, x_val, y_val)]
    curves = OrderedDict()
    for name in ("too_small", "too_big", "scheduled", "constant"):
        torch.manual_seed(seed)
        model = nn.Sequential(nn.Linear(1, 100), nn.Tanh(), nn.Linear(100, 1))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
        errors = ([], [])
        for epoch in range(80):
            for i, batch in enumerate(torch.randperm(len(data[0])).split(50)):
                for group in optimizer.param_groups:
                    lr = warmup_cosine(epoch * 10 + i, 80, 800, 0.02)
                    group["lr"] = {"too_small": 1e-6, "too_big": 10.0, "scheduled": lr, "constant": 0.01}[name]
                optimizer.zero_grad()
                nn.functional.mse_loss(model(data[0][batch]), data[1][batch]).backward()
                optimizer.step()
            for k in (0, 1):
                errors[k].append(math.sqrt(nn.functional.mse_loss(model(data[2 * k]), data[2 * k + 1]).item()))
        curves[name] = errors
    return curves
