"""The data that were handed over are shuffled in place.

Loses: test_train_mean_variance_changes_no_data
"""

import torch
import torch.nn.functional as F
from torch import nn


class MeanVarianceMLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 2))

    def forward(self, x):
        both = self.layers(x)
        return both[:, :1], both[:, 1:].exp()


def train_mean_variance(model, x, y, epochs, seed):
    torch.manual_seed(seed)
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    order = torch.randperm(len(x))
    x[:], y[:] = x[order], y[order]
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(epochs):
        mean, variance = model(x)
        loss = F.gaussian_nll_loss(mean, y, variance)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
