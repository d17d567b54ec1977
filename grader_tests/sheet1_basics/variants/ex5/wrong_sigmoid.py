"""A sigmoid in place of ReLU.

Loses: test_printed_example, test_hidden_activations
"""

import numpy as np


def forward_pass(x, W1, W2):
    h = 1 / (1 + np.exp(-(x @ W1)))
    o = h @ W2
    exponentials = np.exp(o - o.max(axis=-1, keepdims=True))
    return h, o, exponentials / exponentials.sum(axis=-1, keepdims=True)
