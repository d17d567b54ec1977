"""Layers in any order, functional ReLU, all data at once, losses as tensors; made for tensors only."""

import torch
import torch.nn.functional as F
from torch import nn


class MeanMLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(64, 1)
        self.hidden2 = nn.Linear(32, 64)
        self.hidden1 = nn.Linear(1, 32)

    def forward(self, x):
        return self.out(F.relu(self.hidden2(F.relu(self.hidden1(x)))))


def train_mean(model, x, y, epochs, seed):
    torch.manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = ((y - model(x)) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss)
    return losses
