"""The last axis is moved to the front."""

import numpy as np


def softmax(logits):
    columns = np.moveaxis(np.array(logits), -1, 0)
    columns = columns - columns.max(axis=0)
    return np.moveaxis(np.exp(columns) / np.exp(columns).sum(axis=0), 0, -1)
