"""A sigmoid that answers in tensors, and a function that relies on it."""

import torch


def sigmoid(x):
    return torch.sigmoid(torch.as_tensor(x))


def tanh_from_sigmoid(x):
    return sigmoid(2 * x).mul(2).sub(1).numpy()
