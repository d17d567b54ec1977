"""The first step of 2a, from zero."""

import numpy as np


def first_adam_update(grad, lr=1e-3, eps=1e-8):
    zero = np.zeros_like(grad)
    theta, _, _ = adam_step(zero, grad, zero, zero, 1, lr=lr, eps=eps)
    return theta
