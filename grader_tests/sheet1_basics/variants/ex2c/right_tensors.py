"""Single precision tensors in a list, the share as a tensor with one number."""

import torch


def nonconvexity_witness():
    w0 = torch.tensor([1.0, -1.0, 1.0, 1.0])
    return [w0, w0[[1, 0, 3, 2]], torch.tensor([0.5])]
