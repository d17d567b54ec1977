"""Only the last loss is returned.

Loses: test_train_mean_returns_falling_losses
"""

import torch
from torch import nn


class MeanMLP(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 1))


def train_mean(model, x, y, epochs, seed):
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(epochs):
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()
