"""torch's own schedulers for the training, the schedule itself by np.interp and in tensors."""

import torch
from torch import nn


def warmup_cosine(step, warmup_steps, total_steps, peak_lr):
    if step > total_steps:
        return torch.zeros(())
    if warmup_steps and step <= warmup_steps:
        return torch.tensor(np.interp(step, [0, warmup_steps], [0, peak_lr]))
    angle = torch.tensor(torch.pi * (step - warmup_steps) / (total_steps - warmup_steps), dtype=torch.float64)
    return peak_lr * torch.cos(angle / 2) ** 2


def learning_rate_curves(x_train, y_train, x_val, y_val, seed):
    epochs, loss_of = 60, nn.MSELoss()
    curves = {}
    for name, lr in [("too_big", 1.0), ("too_small", 1e-5), ("scheduled", 1e-2)]:
        torch.manual_seed(seed)
        model = MeanMLP()
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        warm = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1e-3, total_iters=6)
        cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs - 6)
        scheduler = torch.optim.lr_scheduler.SequentialLR(optimizer, [warm, cosine], [6]) if name == "scheduled" else None
        errors = [], []
        for _ in range(epochs):
            loss = loss_of(model(x_train), y_train)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if scheduler:
                scheduler.step()
            with torch.no_grad():
                errors[0].append(loss_of(model(x_train), y_train))
                errors[1].append(loss_of(model(x_val), y_val))
        curves[name] = errors
    return curves
