"""ReLU is forgotten.

Loses: test_printed_example, test_hidden_activations
"""

import numpy as np


def forward_pass(x, W1, W2):
    h = x @ W1
    o = h @ W2
    exponentials = np.exp(o - o.max(axis=-1, keepdims=True))
    return h, o, exponentials / exponentials.sum(axis=-1, keepdims=True)
