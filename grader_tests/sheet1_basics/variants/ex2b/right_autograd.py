"""The Hessian of the loss itself by automatic differentiation, in single precision, with targets that do not matter."""

import torch


def mse_hessian(X):
    X = torch.tensor(X, dtype=torch.float32)
    Y = torch.randn(X.shape[0])
    return torch.autograd.functional.hessian(lambda w: ((X @ w - Y) ** 2).sum(), torch.zeros(X.shape[1]))
