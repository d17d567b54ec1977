"""Weights in double precision, which do not go with float32 inputs; training converts the data.

Loses: test_mean_mlp_has_the_layers
"""

import torch
from torch import nn


class MeanMLP(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 1))
        self.double()


def train_mean(model, x, y, epochs, seed):
    dtype = next(model.parameters()).dtype
    x, y = torch.as_tensor(x, dtype=dtype), torch.as_tensor(y, dtype=dtype)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(epochs):
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
