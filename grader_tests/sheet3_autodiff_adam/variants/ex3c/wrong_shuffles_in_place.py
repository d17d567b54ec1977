"""The data that were handed over are shuffled in place.

Loses: test_train_mean_changes_no_data
"""

import torch
import torch.nn.functional as F
from torch import nn


def MeanMLP():
    return nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 1))


def train_mean(model, x, y, epochs, seed):
    torch.manual_seed(seed)
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    order = torch.randperm(len(x))
    x[:], y[:] = x[order], y[order]
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(epochs):
        loss = F.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
