"""Derivatives by automatic differentiation, in single precision; tensors come back."""

import torch


def f(x):
    return 3 * (torch.as_tensor(x, dtype=torch.float32) - 0.7) ** 2 - 4


def gradient(x):
    x = torch.tensor(x, dtype=torch.float32, requires_grad=True)
    return torch.autograd.grad(f(x), x, create_graph=True)[0]


def hessian(x):
    return torch.autograd.functional.hessian(f, torch.tensor(x, dtype=torch.float32))


def newton_example():
    return {"f": f, "gradient": gradient, "hessian": hessian, "start": torch.tensor(0.3)}
