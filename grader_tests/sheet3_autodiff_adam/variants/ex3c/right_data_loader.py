"""A subclass of nn.Sequential, stochastic gradient descent with momentum over a DataLoader; made for arrays only."""

import numpy as np
import torch
from torch import nn


class MeanMLP(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(1, 32), nn.ReLU(inplace=True), nn.Linear(32, 64), nn.ReLU(inplace=True), nn.Linear(64, 1))


def train_mean(model, x, y, epochs, seed):
    dataset = torch.utils.data.TensorDataset(torch.from_numpy(x).float(), torch.from_numpy(y).float())
    loader = torch.utils.data.DataLoader(dataset, batch_size=64, shuffle=True, generator=torch.Generator().manual_seed(seed))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    losses = np.zeros(epochs)
    for epoch in range(epochs):
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(inputs), targets)
            loss.backward()
            optimizer.step()
            losses[epoch] += loss.item() / len(loader)
    return losses
