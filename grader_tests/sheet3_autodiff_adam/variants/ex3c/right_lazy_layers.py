"""Layers that find their input sizes themselves, a ReLU by hand, and losses as tensors with their gradients."""

import torch
import torch.nn.functional as F
from torch import nn


class MeanMLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = nn.LazyLinear(32), nn.LazyLinear(64), nn.LazyLinear(1)

    def forward(self, x):
        return self.third(torch.clamp(self.second(torch.maximum(self.first(x), torch.zeros(1))), min=0))


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
        losses.append(loss)
    return losses
