"""All probabilities of the array add up to one together.

Loses: test_softmax_values, test_softmax_properties, test_softmax_of_large_logits
"""

import numpy as np


def softmax(logits):
    exponentials = np.exp(logits - logits.max())
    return exponentials / exponentials.sum()
