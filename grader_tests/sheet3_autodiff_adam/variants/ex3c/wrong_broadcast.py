"""Vectors are subtracted from columns, which makes a matrix of all differences: the model learns the mean of y.

Loses: test_train_mean_fits
"""

import torch
from torch import nn


class MeanMLP(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 1))


def train_mean(model, x, y, epochs, seed):
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(epochs):
        loss = (model(x) - y.squeeze()).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
