"""Softmax over the whole batch.

Loses: test_probabilities, test_large_logits
"""

import numpy as np


def forward_pass(x, W1, W2):
    h = np.maximum(x @ W1, 0)
    o = h @ W2
    exponentials = np.exp(o - o.max())
    return h, o, exponentials / exponentials.sum()
