"""Along the first axis.

Loses: test_softmax_values, test_softmax_properties, test_softmax_of_large_logits
"""

import numpy as np


def softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=0))
    return exponentials / exponentials.sum(axis=0)
