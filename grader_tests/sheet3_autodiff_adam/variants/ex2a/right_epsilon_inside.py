"""The small constant inside the root, and a named tuple as result."""

from collections import namedtuple

import numpy as np

State = namedtuple("State", "theta m v")


def adam_step(theta, grad, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * np.square(grad)
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return State(theta - lr * m_hat / np.sqrt(v_hat + eps), m, v)
