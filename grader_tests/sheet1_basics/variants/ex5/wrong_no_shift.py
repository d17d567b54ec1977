"""The exponentials of the logits as they stand overflow.

Loses: test_large_logits
"""

import numpy as np


def forward_pass(x, W1, W2):
    h = np.maximum(x @ W1, 0)
    o = h @ W2
    return h, o, np.exp(o) / np.exp(o).sum(axis=-1, keepdims=True)
