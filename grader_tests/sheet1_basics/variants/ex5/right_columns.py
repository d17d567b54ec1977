"""Inputs as columns, and the softmax of question 3c."""

import numpy as np


def forward_pass(x, W1, W2):
    h = (W1.T @ np.transpose(x)).clip(min=0)
    o = W2.T @ h
    return [h.T, o.T, softmax(o.T)]
