"""PyTorch in single precision inside, with the sigmoid called on tensors."""

import torch


def sigmoid(x):
    return torch.sigmoid(torch.as_tensor(x))


def tanh_from_sigmoid(x):
    return torch.mul(sigmoid(torch.as_tensor(x, dtype=torch.float32) * 2), 2) - 1
