"""The input is overwritten.

Loses: test_forward_pass_leaves_its_arguments_alone
"""

import numpy as np


def forward_pass(x, W1, W2):
    h = np.maximum(x @ W1, 0)
    o = h @ W2
    exponentials = np.exp(o - o.max(axis=-1, keepdims=True))
    x *= 0
    return h, o, exponentials / exponentials.sum(axis=-1, keepdims=True)
