"""Clipped logits: nothing overflows, but large logits are all the same.

Loses: test_softmax_of_large_logits
"""

import numpy as np


def softmax(logits):
    exponentials = np.exp(np.clip(logits, -500, 500))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)
