"""PyTorch in single precision."""

import torch


def softmax(logits):
    return torch.softmax(torch.tensor(logits, dtype=torch.float32), dim=-1)
