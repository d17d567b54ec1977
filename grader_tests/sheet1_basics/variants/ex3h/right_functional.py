"""PyTorch's own function, around its refusal of a batch of one."""

import torch


def batch_norm(x, eps=1e-5):
    rows = torch.tensor(x).reshape(len(x), -1)
    if len(rows) == 1:
        return torch.zeros(x.shape)
    return torch.nn.functional.batch_norm(rows, None, None, training=True, eps=eps).reshape(x.shape)
