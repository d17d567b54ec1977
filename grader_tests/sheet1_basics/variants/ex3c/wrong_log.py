"""The logarithm of the probabilities.

Loses: test_softmax_values, test_softmax_properties, test_softmax_of_large_logits
"""

import torch


def softmax(logits):
    return torch.log_softmax(torch.tensor(logits), dim=-1)
