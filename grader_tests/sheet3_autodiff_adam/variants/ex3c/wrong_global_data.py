"""Trains on the file's data, whatever it is given.

Loses: test_train_mean_fits
"""

import torch
from torch import nn

x_train, y_train, _, _ = load_and_split("data/x_y.csv", 0)


class MeanMLP(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 1))


def train_mean(model, x, y, epochs, seed):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(epochs):
        loss = nn.functional.mse_loss(model(x_train), y_train)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
