"""PyTorch's layer, which refuses a batch of one and arrays that are no matrices.

Loses: test_batch_norm_values, test_batch_norm_of_one
"""

import torch


def batch_norm(x, eps=1e-5):
    layer = torch.nn.BatchNorm1d(x.shape[1], eps=eps, affine=False)
    return layer(torch.tensor(x, dtype=torch.float32))
