"""PyTorch in single precision."""

import torch


def forward_pass(x, W1, W2):
    x, W1, W2 = (torch.tensor(array, dtype=torch.float32) for array in (x, W1, W2))
    h = torch.relu(x @ W1)
    o = h @ W2
    return h, o, torch.softmax(o, dim=-1)
