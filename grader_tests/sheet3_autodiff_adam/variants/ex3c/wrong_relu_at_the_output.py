"""A third ReLU, after the last layer.

Loses: test_mean_mlp_has_the_layers
"""

import torch
import torch.nn.functional as F
from torch import nn


def MeanMLP():
    return nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 1), nn.ReLU())


def train_mean(model, x, y, epochs, seed):
    torch.manual_seed(seed)
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(epochs):
        loss = F.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
