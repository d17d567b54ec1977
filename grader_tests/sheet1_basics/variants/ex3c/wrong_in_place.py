"""The largest logit is subtracted from the argument itself.

Loses: test_softmax_leaves_its_argument_alone
"""

import numpy as np


def softmax(logits):
    logits -= logits.max(axis=-1, keepdims=True)
    return np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
