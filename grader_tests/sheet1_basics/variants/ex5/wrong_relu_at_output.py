"""ReLU on the output layer as well.

Loses: test_logits
"""

import numpy as np


def forward_pass(x, W1, W2):
    h = np.maximum(x @ W1, 0)
    o = np.maximum(h @ W2, 0)
    exponentials = np.exp(o - o.max(axis=-1, keepdims=True))
    return h, o, exponentials / exponentials.sum(axis=-1, keepdims=True)
