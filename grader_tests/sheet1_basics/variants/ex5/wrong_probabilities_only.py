"""Only the probabilities come back.

Loses: test_printed_example, test_hidden_activations, test_logits, test_probabilities, test_large_logits, test_forward_pass_leaves_its_arguments_alone
"""

import numpy as np


def forward_pass(x, W1, W2):
    o = np.maximum(x @ W1, 0) @ W2
    exponentials = np.exp(o - o.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)
