"""Matrix times vector, which does not fit a batch.

Loses: test_hidden_activations, test_logits, test_probabilities, test_large_logits, test_forward_pass_leaves_its_arguments_alone
"""

import numpy as np


def forward_pass(x, W1, W2):
    h = np.maximum(W1.T @ x, 0)
    o = W2.T @ h
    exponentials = np.exp(o - o.max())
    return h, o, exponentials / exponentials.sum()
