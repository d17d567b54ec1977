"""The largest logit of the whole array is subtracted, so other rows become 0/0.

Loses: test_softmax_of_large_logits
"""

import numpy as np


def softmax(logits):
    exponentials = np.exp(logits - logits.max())
    return exponentials / exponentials.sum(axis=-1, keepdims=True)
