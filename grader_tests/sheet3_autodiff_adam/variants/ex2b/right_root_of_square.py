"""The root of the squared gradient, as it stands in the derivation."""

import numpy as np


def first_adam_update(grad, lr=1e-3, eps=1e-8):
    m_hat, v_hat = grad, grad**2
    return -lr * m_hat / (v_hat**0.5 + eps)
