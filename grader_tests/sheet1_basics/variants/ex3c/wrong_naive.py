"""The definition as it stands, which overflows.

Loses: test_softmax_of_large_logits
"""

import numpy as np


def softmax(logits):
    return np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
