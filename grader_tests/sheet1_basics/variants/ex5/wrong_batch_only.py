"""Softmax over axis 1, which a single input does not have.

Loses: test_printed_example, test_hidden_activations, test_logits, test_probabilities, test_large_logits
"""

import numpy as np


def forward_pass(x, W1, W2):
    h = np.maximum(x @ W1, 0)
    o = h @ W2
    exponentials = np.exp(o - o.max(axis=1, keepdims=True))
    return h, o, exponentials / exponentials.sum(axis=1, keepdims=True)
