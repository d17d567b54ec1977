"""Axis 1, which a single vector does not have.

Loses: test_softmax_values, test_softmax_of_large_logits
"""

import numpy as np


def softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)
